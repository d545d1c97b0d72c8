import { INCIDENTS, type Manifest, type Sandbox, startSandbox } from "@sre-agent/sandbox";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { askSandbox } from "./ask-sandbox.ts";
import { call } from "./call.ts";
import { kubeconfigFile, sreAgent } from "./run-cli.ts";

// A machine that is busy takes its time; nothing here is about speed.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let sandbox: Sandbox;
let KUBECONFIG: string;
const run = (...args: readonly string[]) => call(args, { KUBECONFIG });

interface Listed {
  readonly items: readonly { readonly metadata: { readonly name: string } }[];
}

const action: Manifest = {
  apiVersion: "sre-agent.dev/v1alpha1",
  kind: "SreAction",
  metadata: { name: "roll-back", namespace: "shop" },
  spec: {
    type: "Rollback",
    targets: [{ kind: "Deployment", names: ["web"] }],
    bounds: { maxRevisionsBack: 2 },
    mode: "approve",
    verify: { within: "2m", stableFor: "10s" },
  },
};

beforeAll(async () => {
  sandbox = await startSandbox({ incident: INCIDENTS["bad-release"] });
  KUBECONFIG = await kubeconfigFile(sandbox.kubeconfig);
  sandbox.play("release");
  const found = async () => (await run("diagnose", "-n", "shop")).stdout;
  await vi.waitUntil(async () => /roll back/.test(await found()), { timeout: 50_000, interval: 200 });
});
afterAll(() => sandbox.stop());

describe("policy", () => {
  it("says what it means that there is none", async () => {
    const { code, stdout } = await run("policy", "show");
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/There is no SrePolicy[\s\S]*shop +observe +there is no SrePolicy/),
    ]);
  });

  it("is set by a person alone, and told by namespace", async () => {
    const asked = await run("policy", "set", "approve");
    expect([asked.code, asked.stderr]).toEqual([
      1,
      "There is no terminal to ask on.\nAdd --yes once a person has seen the change.\n",
    ]);
    const set = await run("policy", "set", "approve", "--yes");
    expect([set.code, set.stdout]).toEqual([
      0,
      expect.stringMatching(/mode: \(none: observe\) → approve\nChanges that a person approved/),
    ]);
    expect((await run("policy", "set", "approve")).stdout).toMatch(/in mode approve already/);
    sandbox.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "sre-system" } });
    sandbox.apply({
      apiVersion: "sre-agent.dev/v1alpha1",
      kind: "SrePolicy",
      metadata: { name: "default" },
      spec: { mode: "approve", rules: [{ namespaces: ["shop", "kube-system", "sre-system"], mode: "auto" }] },
    });
    const { namespaces } = JSON.parse((await run("policy", "show", "-o", "json")).stdout);
    const modes = Object.fromEntries(
      namespaces.map((each: { namespace: string; mode: string; by: string }) => [
        each.namespace,
        `${each.mode}: ${each.by}`,
      ]),
    );
    expect(modes).toMatchObject({
      shop: "approve: rule 1",
      default: "observe: no rule matches it",
      "kube-system": "observe: protected always",
      "sre-system": "observe: protected always",
    });
  });
});

describe("a change", () => {
  it("is proposed, shown, rejected without an answer, approved, and has nothing to undo before it was made", async () => {
    sandbox.apply(action);
    // As a process of its own: what it writes past the terminal counts too.
    const proposed = await sreAgent(["investigate", "deployment/web", "-n", "shop", "--mode", "propose"], {
      KUBECONFIG,
    });
    expect(proposed.stderr).not.toMatch(/^\{/m);
    expect([proposed.code, proposed.stdout]).toEqual([
      0,
      expect.stringMatching(/^\nDecision: approve[\s\S]*\+ .*DATABASE_URL[\s\S]*Next: sre-agent approve act-/),
    ]);
    const name = /sre-agent approve (act-[0-9a-f]+)/.exec(proposed.stdout)?.[1] ?? "";
    const asked = await run("approve", name, "-n", "shop");
    expect([asked.code, asked.stdout]).toEqual([
      1,
      expect.stringMatching(/roll back Deployment\/web to revision 1[\s\S]*digest[\s\S]*\+ /),
    ]);
    const undo = await run("undo", name, "-n", "shop", "--yes");
    expect([undo.code, undo.stderr]).toEqual([
      1,
      expect.stringMatching(/has nothing to undo: it is Proposed and has no inverse\.\nOnly a rollback/),
    ]);
    const approved = await run("approve", name, "-n", "shop", "--yes", "--reason", "seen");
    const follow = `Follow it: kubectl get srerem ${name} -n shop -w`;
    expect([approved.code, approved.stdout]).toEqual([
      0,
      expect.stringMatching(`Approved as sandbox-admin\\.\n${follow}\n$`),
    ]);
  });

  it("that the act server holds back is told so at once", async () => {
    sandbox.apply({
      ...{ apiVersion: "coordination.k8s.io/v1", kind: "Lease", spec: { holderIdentity: "somebody" } },
      metadata: { name: "sre-agent-act", namespace: "sre-system" },
    });
    const records = "/apis/sre-agent.dev/v1alpha1/namespaces/shop";
    const name =
      (await askSandbox<Listed>(sandbox, { method: "GET", path: `${records}/sreremediations` })).items[0]?.metadata
        .name ?? "";
    const approvals = async () =>
      (await askSandbox<Listed>(sandbox, { method: "GET", path: `${records}/sreapprovals` })).items.length;
    const before = await approvals();
    const approved = run("approve", name, "-n", "shop", "--yes");
    await vi.waitUntil(async () => (await approvals()) > before, { timeout: 50_000, interval: 50 });
    const denial = { code: "APPROVAL_SELF", message: "You proposed the change.", next: "Ask somebody else." };
    const path = `${records}/sreremediations/${name}/status`;
    await askSandbox(sandbox, { method: "PATCH", path, body: { status: { denial } } });
    const { code, stdout } = await approved;
    const held = "It is held back by APPROVAL_SELF: You proposed the change. Ask somebody else.";
    expect([code, stdout]).toEqual([0, expect.stringContaining(`Approved as sandbox-admin.\n${held}\n`)]);
  });

  it("is not made any more once the policy is off, which asks nobody", async () => {
    const off = await run("policy", "off");
    expect([off.code, off.stdout]).toEqual([0, "Off: nothing is changed any more; it was approve.\n"]);
    expect((await run("policy", "off")).code).toBe(0);
    expect((await run("policy", "show")).stdout).toMatch(/The kill switch is on[\s\S]*shop +off/);
  });
});

it.each([
  [["policy", "set"], 2, /MODE is missing\. Legal: off, observe, propose, approve, auto/],
  [["policy", "set", "aprove"], 2, /MODE cannot be "aprove"\. Did you mean "approve"\?/],
  [["policy", "show", "auto"], 2, /policy show takes no MODE/],
  [["policy", "of"], 2, /ACTION cannot be "of"\. Did you mean "off"\?/],
  [["undo"], 2, /REMEDIATION is missing/],
  [
    ["undo", "act-none", "-n", "shop", "--yes"],
    1,
    /no SreRemediation "act-none" in namespace shop[\s\S]*kubectl get sreremediation -n shop/,
  ],
  [["reject", "act-none", "-n", "shop", "--yes"], 1, /no SreRemediation "act-none" in namespace shop/],
  [["transcript"], 2, /Give either INVESTIGATION or --file FILE/],
  [["transcript", "x", "--file", "y"], 2, /Give either INVESTIGATION or --file FILE/],
  [["transcript", "--file", "/nowhere"], 1, /\/nowhere cannot be read: ENOENT/],
  [
    ["transcript", "--file", import.meta.filename],
    1,
    /is no transcript file: it has no investigation[\s\S]*Make one with/,
  ],
  [["replay"], 2, /FILE is missing/],
  [["completion", "powershell"], 2, /SHELL cannot be "powershell".*Legal: bash, zsh, fish/],
  [["doctor", "--modle"], 2, /Unknown option --modle\. Did you mean "--model"\?/],
  [["diagnose", "--context", "prod", "-n", "shop"], 1, /prod[\s\S]*--kubeconfig FILE/],
  [["capture", "-n", "Shop!"], 1, /no namespace "Shop!"|is no|invalid/i],
  [["version", "-o", "yaml"], 2, /--output cannot be "yaml"/],
])("%j is told what is wrong", async (args, code, message) => {
  const found = await run(...args);
  expect([found.code, found.stderr]).toEqual([code, expect.stringMatching(message)]);
  expect(found.stderr).not.toMatch(/^\s+at /m);
});

it("tells its version to programs", async () => {
  expect(JSON.parse((await run("version", "-o", "json")).stdout)).toEqual({
    version: expect.any(String),
    node: process.version,
  });
});
