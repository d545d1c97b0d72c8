import { INCIDENTS, type Sandbox, startSandbox } from "@sre-agent/sandbox";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { interrupted, kubeconfigFile, leftAfter, sreAgent } from "./run-cli.ts";

// A machine that is busy takes its time; nothing here is about speed.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 });

let sandbox: Sandbox;
let KUBECONFIG: string;
const NO_STACK = /^\s+at /m;

beforeAll(async () => {
  sandbox = await startSandbox({ incident: INCIDENTS["bad-release"] });
  KUBECONFIG = await kubeconfigFile(sandbox.kubeconfig);
});
afterAll(() => sandbox.stop());

/** A kubeconfig of somebody who may do what `rule` says. */
function kubeconfigOf(user: string, rule: Parameters<Sandbox["setRule"]>[1]): Promise<string> {
  sandbox.setRule(user, rule);
  const config = JSON.parse(sandbox.kubeconfig);
  config.users[0].user.token = sandbox.tokenFor(user);
  return kubeconfigFile(JSON.stringify(config));
}

describe("diagnose", () => {
  it("names the cause with its evidence and the fix, and not before there is one", async () => {
    const look = () => sreAgent(["diagnose", "-n", "shop"], { KUBECONFIG });
    const before = await look();
    expect([before.code, before.stdout]).toEqual([0, expect.not.stringMatching(/DATABASE_URL is not set/)]);
    sandbox.play("release");
    await expect
      .poll(async () => (await sreAgent(["diagnose", "-n", "shop"], { KUBECONFIG })).stdout, {
        timeout: 50_000,
        interval: 300,
      })
      .toMatch(/DATABASE_URL is not set[\s\S]*evidence[\s\S]*roll back Deployment\/web to revision 1/);
  });

  it("prints a JSON array and nothing else on standard output", async () => {
    const { stdout, stderr, code } = await sreAgent(["diagnose", "-A", "-o", "json", "--exit-code"], { KUBECONFIG });
    const web = { namespace: "shop", subject: expect.objectContaining({ kind: "Deployment", name: "web" }) };
    const findings: readonly object[] = JSON.parse(stdout);
    expect(findings).toContainEqual(expect.objectContaining(web));
    expect(Object.keys(findings[0] ?? {})).toEqual(
      expect.arrayContaining(["id", "cause", "evidence", "explains", "fix"]),
    );
    expect(stderr).toMatch(/Looked at \d+ objects/);
    expect(code).toBe(3);
  });
});

describe("a cluster that is not as it should be", () => {
  const sentence = async (kubeconfig: string, ...args: readonly string[]) => {
    const { code, stderr, stdout } = await sreAgent(args, { KUBECONFIG: kubeconfig });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).not.toMatch(NO_STACK);
    return stderr;
  };

  it("no kubeconfig", async () => {
    expect(await sentence("/nowhere/config", "diagnose")).toMatch(
      /no kubeconfig at \/nowhere\/config[\s\S]*--kubeconfig FILE/,
    );
  });

  it("no API server", async () => {
    const gone = await kubeconfigFile(sandbox.kubeconfig.replaceAll(sandbox.url, "http://127.0.0.1:9"));
    expect(await sentence(gone, "diagnose", "-n", "shop")).toMatch(/127\.0\.0\.1:9[\s\S]*Check the server's address/);
  });

  it("a credential that is not accepted", async () => {
    const config = JSON.parse(sandbox.kubeconfig);
    config.users[0].user.token = "expired";
    const wrong = await kubeconfigFile(JSON.stringify(config));
    expect(await sentence(wrong, "diagnose", "-n", "shop")).toMatch(/Log in again/);
  });

  it("no right to look", async () => {
    const narrow = await kubeconfigOf("nobody", () => false);
    expect(await sentence(narrow, "diagnose", "-n", "shop")).toMatch(/Nothing could be read: .*Pods[\s\S]*--context/);
    expect(await sentence(narrow, "transcript", "x", "-n", "shop")).toMatch(
      /Ask for the right, or use another context/,
    );
  });

  it("no such context", async () => {
    const said = await sentence(KUBECONFIG, "diagnose", "--context", "nope");
    expect(said).toMatch(/no context "nope". Known: \w+[\s\S]*--context NAME/);
  });

  it.each([
    [["diagnose"], /no namespace "shoop"\. Did you mean "shop"/],
    [["transcript", "nope"], /no namespace "shoop"\. Did you mean "shop"/],
    [["approve", "nope"], /no namespace "shoop"\. Did you mean "shop"/],
  ])("no such namespace: %j", async (args, told) => {
    expect(await sentence(KUBECONFIG, ...args, "-n", "shoop")).toMatch(told);
  });

  it("what is no name of a namespace", async () => {
    const said = await sentence(KUBECONFIG, "diagnose", "-n", "shop/web");
    expect(said).toMatch(/no namespace "shop\/web"[\s\S]*kubectl get namespaces/);
  });

  it.each([
    ["transcript", "SreInvestigation"],
    ["approve", "SreRemediation"],
    ["reject", "SreRemediation"],
    ["undo", "SreRemediation"],
  ])("%s of what is not on record", async (command, kind) => {
    const said = await sentence(KUBECONFIG, command, "nope", "-n", "shop");
    expect(said).toContain(`There is no ${kind} "nope" in namespace shop.`);
    expect(said).toContain(`kubectl get ${kind.toLowerCase()} -n shop`);
  });

  it("without the kinds", async () => {
    const bare = await startSandbox({ crds: false });
    const kubeconfig = await kubeconfigFile(bare.kubeconfig);
    expect(await sentence(kubeconfig, "approve", "act-1", "-n", "default")).toMatch(/sre-agent crds apply/);
    const applied = await sreAgent(["crds", "apply"], { KUBECONFIG: kubeconfig });
    expect([applied.code, applied.stdout.match(/applied/g)?.length]).toEqual([0, 7]);
    await bare.stop();
  });
});

describe("a service", () => {
  it.each([
    ["operator", ["AGENT_URL", "AGENT_SECRET_FILE", "PORT"]],
    ["agent", ["AGENT_SECRET_FILE", "MCP_READ_URL", "MCP_TOKEN_FILE", "PORT"]],
  ])("%s lists every wrong setting at once and exits 1", async (name, variables) => {
    const { code, stderr } = await sreAgent([name], { KUBECONFIG, PORT: "http" });
    expect(code).toBe(1);
    for (const variable of variables) expect(stderr).toContain(`${variable}: `);
    expect(stderr).toContain("docs/configuration.md");
  });
});

it("ends cleanly on Ctrl-C, in the middle of the demo", async () => {
  const { code, stderr } = await interrupted(["demo"], /The agent investigates/, "SIGINT");
  expect([code, stderr.trim()]).toEqual([130, "Stopped by a signal."]);
});

it.each([
  ["crds print", 0],
  ["demo", 141],
])("%s ends without a word when its reader goes away, as head does", async (line, exitCode) => {
  const { code, stderr } = await leftAfter(line.split(" "), /\S/);
  expect([code, stderr]).toEqual([exitCode, ""]);
});
