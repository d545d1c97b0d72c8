import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Sandbox, startSandbox } from "@sre-agent/sandbox";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { canariesIn } from "../../mcp-server/test/canaries/canary.ts";
import { PLANTED } from "../../mcp-server/test/canaries/planted.ts";
import { readEverything } from "../../mcp-server/test/canaries/read-everything.ts";
import { call } from "./call.ts";
import { kubeconfigFile } from "./run-cli.ts";

// A machine that is busy takes its time; nothing here is about speed.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const { canaries, incident } = PLANTED;
let sandbox: Sandbox;
let environment: Record<string, string>;
let folder: string;
let captured: string;

beforeAll(async () => {
  sandbox = await startSandbox({ incident });
  environment = { KUBECONFIG: await kubeconfigFile(sandbox.kubeconfig), LOG_LEVEL: "debug" };
  folder = await mkdtemp(join(tmpdir(), "canaries-"));
  captured = join(folder, "shop.incident");
  const planted = async () => canariesIn(await readEverything(sandbox), canaries);
  const isUp = async () => /"kind":"ReplicaSet"[^}]*"name":"web/.test(await readEverything(sandbox));
  await vi.waitUntil(isUp, { timeout: 60_000, interval: 200 });
  sandbox.play("release");
  const diagnosed = async () => (await call(["diagnose", "-n", "shop"], environment)).stdout;
  await vi.waitUntil(async () => /Deployment\/web.*CrashLoop|web.*cannot decode/.test(await diagnosed()), {
    timeout: 60_000,
    interval: 500,
  });
  const allPlanted = async () => (await planted()).length === canaries.length;
  await vi.waitUntil(allPlanted, { timeout: 60_000, interval: 200 });
  expect(await call(["capture", "-n", "shop", "-o", captured], environment)).toMatchObject({ code: 0 });
});
afterAll(() => sandbox.stop());

/** What a person is shown, and what stands in the files that were written. */
const COMMANDS: readonly { readonly args: readonly string[]; readonly file?: string }[] = [
  { args: ["diagnose", "-n", "shop"] },
  { args: ["diagnose", "-n", "shop", "-o", "json"] },
  { args: ["diagnose", "-A", "-o", "json"] },
  { args: ["investigate", "-n", "shop", "--transcript", "FOLDER/namespace.json"], file: "namespace.json" },
  { args: ["investigate", "deployment/web", "-n", "shop", "--transcript", "FOLDER/web.json"], file: "web.json" },
  { args: ["investigate", "deployment/web", "-n", "shop", "-o", "json"] },
  { args: ["investigate", "pod/frozen", "-n", "shop", "-o", "json"] },
  { args: ["transcript", "--file", "FOLDER/web.json"] },
  { args: ["transcript", "--file", "FOLDER/web.json", "-o", "markdown"] },
  { args: ["transcript", "--file", "FOLDER/web.json", "-o", "json"] },
  { args: ["replay", "FOLDER/shop.incident"], file: "shop.incident" },
  { args: ["replay", "FOLDER/shop.incident", "-o", "json"] },
  { args: ["investigate", "deployment/web", "--file", "FOLDER/shop.incident"] },
  { args: ["capture", "-n", "shop"] },
  { args: ["investigate", "deployment/wbe", "-n", "shop"] },
];

describe("no canary leaves through", () => {
  it.each(COMMANDS)("$args", async ({ args, file }) => {
    const given = args.map((each) => each.replace("FOLDER", folder));
    const { stdout, stderr } = await call(given, environment);
    const written = file === undefined ? "" : await readFile(join(folder, file), "utf8");
    expect(stdout + stderr).toMatch(/shop|web/);
    expect(canariesIn(`${stdout}\n${stderr}\n${written}`, canaries)).toEqual([]);
  });

  it.each(canaries.filter(({ place }) => place.startsWith("a log")).map(({ place }, index) => [place, index] as const))(
    "an investigation of the pod with %s",
    async (_, index) => {
      const { code, stdout, stderr } = await call(
        ["investigate", `pod/log-${index}`, "-n", "shop", "-o", "json"],
        environment,
      );
      expect([code, stdout]).toEqual([0, expect.stringContaining("fatal")]);
      expect(canariesIn(stdout + stderr, canaries)).toEqual([]);
    },
  );
});
