import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { INCIDENTS, type Sandbox, startSandbox } from "@sre-agent/sandbox";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startWireDouble } from "../../agent/test/wire-double/wire-double.ts";
import { call } from "./call.ts";
import { kubeconfigFile } from "./run-cli.ts";

// A machine that is busy takes its time; nothing here is about speed.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let sandbox: Sandbox;
let KUBECONFIG: string;
let folder: string;

/** A cluster with a bad release in it, without any of our kinds. */
beforeAll(async () => {
  sandbox = await startSandbox({ incident: INCIDENTS["bad-release"], crds: false });
  KUBECONFIG = await kubeconfigFile(sandbox.kubeconfig);
  folder = await mkdtemp(join(tmpdir(), "investigate-"));
  sandbox.play("release");
  const found = async () => (await call(["diagnose", "-n", "shop"], { KUBECONFIG })).stdout;
  await vi.waitUntil(async () => /roll back/.test(await found()), { timeout: 50_000, interval: 200 });
});
afterAll(() => sandbox.stop());

describe("investigate, without a model and without the kinds", () => {
  it("shows each step, then decision, cause, claims with their evidence, and the command", async () => {
    const { code, stdout, stderr } = await call(["investigate", "deploy/web", "-n", "shop", "--exit-code"], {
      KUBECONFIG,
    });
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /Investigating Deployment\/web in shop, mode observe[\s\S]* s {2}→ diagnose[\s\S]* s {2}■ decision/,
    );
    expect(stdout).toMatch(/^\nDecision: manual, a person has to act \(confidence (high|medium)\)/);
    expect(stdout, "the rationale goes on after the cause").toMatch(/\n {2}(Before it|Next: )/);
    expect(stdout).toMatch(
      /DATABASE_URL is not set[\s\S]*What it rests on\n {2}1\. container web[\s\S]*\[ev-\w+\] diagnose: /,
    );
    expect(stdout).toContain("kubectl -n shop rollout undo deployment/web --to-revision=1");
    expect(stdout).toMatch(/rules: \d turns?, \d calls?, /);
  });

  it("writes a transcript that can be verified, and that shows who changed it", async () => {
    const file = join(folder, "run.json");
    const { code } = await call(["investigate", "deployment/web", "-n", "shop", "--transcript", file], { KUBECONFIG });
    expect(code).toBe(0);
    const again = await call(["investigate", "deployment/web", "-n", "shop", "--transcript", file], { KUBECONFIG });
    expect(again, "told before anything is asked").toEqual({
      code: 1,
      stdout: "",
      stderr: `${file} is there already.\nGive another name, or remove it first.\n`,
    });
    const read = await call(["transcript", "--file", file]);
    expect([read.code, read.stdout]).toEqual([0, expect.stringMatching(/in 1 chunk; the hash chain is whole/)]);
    expect(read.stdout).toMatch(/What it rests on[\s\S]*\[ev-\w+\] diagnose: [\s\S]*Pod\/web-/);
    const markdown = await call(["transcript", "--file", file, "-o", "markdown"]);
    expect(markdown.stdout).toMatch(
      /^# Investigation local-[\s\S]*## Claims and their evidence[\s\S]*`ev-\w+` diagnose[\s\S]*```/,
    );
    await writeFile(file, (await readFile(file, "utf8")).replace(/fatal: DATABASE_URL/g, "fatal: DATABASE_UPL"));
    const tampered = await call(["transcript", "--file", file]);
    expect([tampered.code, tampered.stdout]).toEqual([4, ""]);
    expect(tampered.stderr).toMatch(/is broken: chunk 0 was changed[\s\S]*audit log tells who/);
  });

  it("prints one JSON object for programs", async () => {
    const { stdout } = await call(["investigate", "-n", "shop", "-o", "json"], { KUBECONFIG });
    expect(JSON.parse(stdout)).toMatchObject({
      target: { kind: "Namespace", namespace: "shop" },
      mode: "observe",
      report: { decision: expect.any(String), claims: expect.any(Array), usage: { backend: "rules" } },
    });
  });

  it("does the same on an incident file", async () => {
    const file = join(folder, "shop.incident");
    await call(["capture", "-n", "shop", "-o", file], { KUBECONFIG });
    const { code, stdout } = await call(["investigate", "deployment/web", "--file", file]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/DATABASE_URL is not set[\s\S]*\[ev-\w+\] diagnose/)]);
    const elsewhere = await call(["investigate", "--file", file, "-n", "shoop"]);
    expect([elsewhere.code, elsewhere.stdout, elsewhere.stderr]).toEqual([
      1,
      "",
      'The incident file holds no namespace "shoop". Did you mean "shop"?\nIt holds: shop.\n',
    ]);
    const missing = await call(["investigate", "deployment/wbe", "--file", file]);
    expect([missing.code, missing.stderr]).toEqual([
      1,
      expect.stringMatching(/no Deployment "wbe".*Did you mean "web"\?/),
    ]);
  });

  it("says that a proposal needs the kinds", async () => {
    const args = ["investigate", "deployment/web", "-n", "shop", "--mode", "propose"];
    const { code, stderr } = await call(args, { KUBECONFIG });
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(
        /The kinds are not installed, so nothing can be proposed\. Install them: sre-agent crds apply/,
      ),
    ]);
  });
});

describe("investigate, with a model", () => {
  it("shows tokens and money as they are spent", async () => {
    const claims = [{ text: "the release lost a variable", evidence: [] }];
    const report = { decision: "manual", rationale: "Look.", rootCause: null, claims, gaps: [] };
    const model = await startWireDouble([
      {
        calls: [{ name: "diagnose", args: { namespace: "shop" } }],
        usage: { input: 50_000, output: 1_000 },
      },
      { content: JSON.stringify(report), usage: { input: 60_000, output: 1_000 } },
    ]);
    const environment = {
      KUBECONFIG,
      MODEL_BACKEND: "chat",
      AZURE_OPENAI_ENDPOINT: model.baseUrl,
      AZURE_OPENAI_API_KEY: "none",
      MODEL_PRICE_INPUT: "10",
      MODEL_PRICE_OUTPUT: "20",
      MODEL_CONTEXT_TOKENS: "2000000",
    };
    const { code, stdout, stderr } = await call(["investigate", "-n", "shop", "--model", "m-1"], environment);
    await model.stop();
    expect(code).toBe(0);
    expect(model.requests[0]?.body.model).toBe("m-1");
    expect(stderr).toMatch(/so far 50,000 tokens in, 1,000 out, \$0\.5200/);
    expect(stdout).toMatch(/m-1: 2 turns, 1 call, 110,000 tokens in, 2,000 out, \$1\.1400, /);
  });

  it("says which settings are missing", async () => {
    const { code, stderr } = await call(["investigate", "-n", "shop", "--model", "m-1"], { KUBECONFIG });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/AZURE_OPENAI_ENDPOINT[\s\S]*docs\/configuration.md/)]);
  });
});

it.each([
  [
    ["deployment/wbe", "-n", "shop"],
    1,
    /no Deployment "wbe" in namespace shop\. Did you mean "web"\?\nList them: kubectl/,
  ],
  [["deplyment/web", "-n", "shop"], 1, /no kind "deplyment"[\s\S]*Near: .*deployments/],
  [["web", "-n", "shop"], 2, /TARGET cannot be "web": it is KIND\/NAME/],
  [["deployment/web", "-n", "shoop"], 1, /no namespace "shoop"\. Did you mean "shop"/],
  [["-n", "shop", "--mode", "auto"], 2, /--mode cannot be "auto".*Legal: observe, propose/],
  [["-n", "shop", "--max-cost", "much"], 2, /--max-cost cannot be "much": it is a number/],
  [["-n", "shop", "--max-seconds", "0"], 2, /--max-seconds cannot be "0"/],
  [["--file", "/nowhere"], 1, /\/nowhere cannot be read: ENOENT/],
])("investigate %j is told what is wrong", async (args, code, message) => {
  const found = await call(["investigate", ...args], { KUBECONFIG });
  expect([found.code, found.stderr, found.stdout]).toEqual([code, expect.stringMatching(message), ""]);
});
