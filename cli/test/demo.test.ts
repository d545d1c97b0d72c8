import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { diagnose } from "@sre-agent/diagnosis";
import { diagnoseIncident, readIncident } from "@sre-agent/mcp-server/incident";
import { startSandbox } from "@sre-agent/sandbox";
import { describe, expect, it, vi } from "vitest";
import { call } from "./call.ts";
import { kubeconfigFile, sreAgent } from "./run-cli.ts";

// The demo starts four processes; a machine that is busy takes its time.
vi.setConfig({ testTimeout: 240_000 });

const capture = (name: string) => join(import.meta.dirname, "../../evals/captures", `${name}.jsonl`);

describe("an incident file", () => {
  // Of each kind of fault one: image, memory, no pods, quota, Service, node, nothing wrong.
  it.each(["D01", "D07", "SVC-09", "D20", "D18", "PND-06", "NEG-02"])(
    "is the same to a diagnosis when it plays: %s",
    async (name) => {
      const read = readIncident(await readFile(capture(name), "utf8"));
      if (!read.ok) throw new Error(read.fault);
      const { header, objects, logs } = read.incident;
      const sandbox = await startSandbox({ recording: { now: header.now, objects, logs } });
      const KUBECONFIG = await kubeconfigFile(sandbox.kubeconfig);
      const [namespace = ""] = header.namespaces;
      const { stdout } = await call(["diagnose", "-n", namespace, "-o", "json"], { KUBECONFIG });
      await sandbox.stop();
      const essence = (findings: ReturnType<typeof diagnose>) =>
        findings.map(({ severity, subject, cause, fix }) => [severity, subject.name, cause, fix?.kind]);
      expect(essence(JSON.parse(stdout))).toEqual(essence(diagnoseIncident(read.incident).findings));
    },
  );

  it("is investigated, and what can be mended is mended", async () => {
    const { code, stdout, stderr } = await sreAgent(["demo", "--incident", capture("D01")]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/cause .*image localhost\/toolbox:1\.4 of container app cannot be pulled/);
    expect(stdout).toMatch(/approved by demo-approver[\s\S]*The end: Succeeded/);
    expect(stdout).toMatch(/Rollback +storefront +Succeeded/);
  });

  it("goes to a person where no action helps", async () => {
    const { code, stdout, stderr } = await sreAgent(["demo", "--incident", capture("D07")]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/cause .*killed for memory[\s\S]*The end: NeedsHuman/);
    expect(stdout).not.toMatch(/SreRemediation|act-[0-9a-f]{16}/);
  });

  it.each([
    ["is not there", ["/nowhere/x.incident"], 1, /\/nowhere\/x\.incident cannot be read: ENOENT/],
    ["is something else", [import.meta.filename], 1, /is no incident file: line 1 is no header/],
    ["is meant for a real cluster", [capture("D01"), "--cluster"], 2, /on an embedded cluster only/],
    [
      "is of a namespace that goes",
      [capture("FIN-02")],
      1,
      /being deleted.*\nLook into it without a cluster: sre-agent inv/,
    ],
    ["is a name with a slip", ["bad-relaese"], 2, /--incident cannot be "bad-relaese"\. Did you mean "bad-release"/],
  ])("that %s is told so", async (_, args, exitCode, message) => {
    const { code, stdout, stderr } = await call(["demo", "--incident", ...args]);
    expect([code, stdout, stderr]).toEqual([exitCode, "", expect.stringMatching(message)]);
  });
});
