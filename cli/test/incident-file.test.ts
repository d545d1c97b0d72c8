import { mkdtemp, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { INCIDENTS, type Sandbox, startSandbox } from "@sre-agent/sandbox";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { call } from "./call.ts";
import { kubeconfigFile } from "./run-cli.ts";

// A machine that is busy takes its time; nothing here is about speed.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let sandbox: Sandbox;
let KUBECONFIG: string;
let folder: string;

beforeAll(async () => {
  sandbox = await startSandbox({ incident: INCIDENTS["bad-release"] });
  KUBECONFIG = await kubeconfigFile(sandbox.kubeconfig);
  folder = await mkdtemp(join(tmpdir(), "incident-"));
  sandbox.play("release");
  const found = async () => (await call(["diagnose", "-n", "shop"], { KUBECONFIG })).stdout;
  await vi.waitUntil(async () => /roll back/.test(await found()), { timeout: 50_000, interval: 200 });
});
afterAll(() => sandbox.stop());

describe("capture and replay", () => {
  it("name the same cause without the cluster", async () => {
    const file = join(folder, "shop.incident");
    const captured = await call(["capture", "-n", "shop", "-o", file], { KUBECONFIG });
    expect([captured.code, captured.stdout]).toEqual([0, ""]);
    expect(captured.stderr).toMatch(/\d+ objects and \d+ logs of shop, \d+ KiB, redacted[\s\S]*sre-agent replay/);
    expect((await stat(file)).mode & 0o077).toBe(0);
    const replayed = await call(["replay", file, "-o", "json", "--exit-code"]);
    expect(JSON.parse(replayed.stdout)).toMatchObject([
      { subject: { kind: "Deployment", name: "web" }, fix: { kind: "action", action: { type: "Rollback" } } },
    ]);
    expect([replayed.code, replayed.stderr]).toEqual([3, expect.stringMatching(/^shop at 20.*written by sre-agent/)]);
    expect((await call(["replay", file])).stdout).toMatch(
      /kubectl -n shop rollout undo deployment\/web --to-revision=1/,
    );
  });

  it("write to standard output too, and never over a file", async () => {
    const file = join(folder, "there");
    const { stdout } = await call(["capture", "-n", "shop"], { KUBECONFIG });
    await writeFile(file, stdout);
    expect((await call(["replay", file])).code).toBe(0);
    const again = await call(["capture", "-n", "shop", "-o", file], { KUBECONFIG });
    expect([again.code, again.stderr]).toEqual([1, expect.stringMatching(/is there already\.\nGive another name/)]);
    expect(await readFile(file, "utf8")).toBe(stdout);
  });

  it.each([
    ["is not there", "/nowhere/x.incident", /cannot be read: ENOENT[\s\S]*Check the path/],
    [
      "is something else",
      import.meta.filename,
      /is no incident file: line 1 is no header[\s\S]*Make one with: sre-agent capture/,
    ],
  ])("say what is wrong with a file that %s", async (_, file, message) => {
    const { code, stderr } = await call(["replay", file]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
  });

  it("ask for a namespace that is there", async () => {
    const { code, stderr } = await call(["capture", "-n", "shoop"], { KUBECONFIG });
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/no namespace "shoop"\. Did you mean "shop"\?\nGive one/),
    ]);
  });
});
