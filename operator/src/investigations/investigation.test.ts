import {
  API_VERSION,
  type Report,
  type SreInvestigation,
  type SreRemediation,
  type SreTranscript,
} from "@sre-agent/crds";
import { describe, expect, it } from "vitest";
import { OperatorError } from "../error.ts";
import { DIGEST, remediation } from "../test/remediation.ts";
import { REPORT } from "../test/scripted-agent.ts";
import { createWorld, type World } from "../test/world.ts";
import { readJournal } from "../transcripts/chunk.ts";

function investigation(name = "inv", spec: object = {}) {
  return {
    apiVersion: API_VERSION,
    kind: "SreInvestigation",
    metadata: { name, namespace: "shop" },
    spec: { target: { kind: "Deployment", name: "web" }, symptom: "It is down.", mode: "auto", ...spec },
  };
}

const approval = (decision: "Approve" | "Reject") => ({
  apiVersion: API_VERSION,
  kind: "SreApproval",
  metadata: { name: "yes", namespace: "shop" },
  spec: {
    remediationRef: { name: "act-1" },
    digest: DIGEST,
    decision,
    approver: "ann",
    write: { verb: "patch", group: "apps", resource: "deployments", name: "web" },
  },
});

const FIX: Report = { ...REPORT, decision: "approve", remediationRef: { name: "act-1", digest: DIGEST } };

const read = (world: World, name = "inv") =>
  world.cluster.get("SreInvestigation", "shop", name) as unknown as SreInvestigation;
const phase = (world: World, name = "inv") => read(world, name).status?.phase;
const condition = (world: World, wanted: string) => read(world).status?.conditions?.find(({ type }) => type === wanted);
const chunks = (world: World) =>
  (world.cluster.list("SreTranscript") as unknown as SreTranscript[]).map(({ spec }) => spec);

/** The act server: what it makes of the record at each nudge. */
function actServer(world: World, phases: readonly string[]) {
  const rest = [...phases];
  world.agent.onExecute = () => {
    const record = world.cluster.get("SreRemediation", "shop", "act-1") as unknown as SreRemediation;
    world.cluster.put({ ...record, status: { phase: rest.shift() ?? record.status?.phase } } as never);
  };
}

async function begun(mode: string, report: Report = FIX) {
  const world = await createWorld();
  world.agent.report = report;
  world.cluster.put(remediation(mode));
  world.cluster.put(investigation());
  const { operator } = await world.start();
  return { world, operator };
}

describe("a manual investigation", () => {
  it("stores every step and ends with the agent's decision", async () => {
    const { world, operator } = await begun("observe", REPORT);
    await world.until(() => phase(world) === "NoActionNeeded");
    const { status } = read(world);
    expect(status).toMatchObject({ decision: "deny", confidence: "high", rootCause: "A slow start." });
    expect(status?.transcript?.map(({ title }) => title)).toEqual([
      "investigation begun by script",
      "Looking.",
      "diagnose namespace shop",
      "diagnose namespace shop → 1 root cause",
      "decision deny, confidence high: A slow start.",
    ]);
    expect(readJournal(chunks(world)).map(({ seq }) => seq)).toEqual([0, 1, 2, 3]);
    expect(status?.transcriptRefs?.map(({ name }) => name.replace(/^inv-[0-9a-f]{8}-/, ""))).toEqual([
      ...["t0", "t1", "t2", "t3"],
    ]);
    expect(world.agent.decisions.map(({ journal }) => journal?.length)).toEqual([0, 1, 2, 3]);
    expect(world.agent.decisions[0]).toMatchObject({ trigger: "manual", correlationId: "uid-inv", mode: "observe" });
    expect(world.events.map(({ reason }) => reason)).toEqual(["Investigating", "Decided"]);
    for (const line of world.logs.filter((text) => text.includes("investigation "))) {
      expect(JSON.parse(line)).toMatchObject({ correlationId: "uid-inv", namespace: "shop", component: "operator" });
    }
    await operator.stop();
  });

  it("that takes the name of a deleted one is not held up by the transcript that is still there", async () => {
    const { world } = await begun("observe", REPORT);
    await world.until(() => phase(world) === "NoActionNeeded");
    world.cluster.remove("SreInvestigation", "shop", "inv");
    const again = investigation();
    world.cluster.put({ ...again, metadata: { ...again.metadata, uid: "uid-second" } });
    await world.until(() => phase(world) === "NoActionNeeded");
    expect(world.agent.decisions).toHaveLength(8);
    expect(chunks(world)).toHaveLength(8);
  });

  it("stores its transcript also under the longest name that Kubernetes takes", async () => {
    const world = await createWorld();
    const name = `${"n".repeat(241)}.${"m".repeat(11)}`;
    const long = investigation(name);
    world.cluster.put({ ...long, metadata: { ...long.metadata, uid: "uid-long" } });
    await world.start();
    await world.until(() => phase(world, name) === "NoActionNeeded");
    const names = world.cluster.list("SreTranscript").map(({ metadata }) => metadata.name);
    expect(names).toHaveLength(4);
    for (const each of names) expect(each.length).toBeLessThanOrEqual(253);
  });

  it("keeps credentials out of transcript and status", async () => {
    const secret = `AKIA${"Z9X8Y7W6V5U4T3S2"}`;
    const { world } = await begun("observe", { ...REPORT, rationale: `The key ${secret} is wrong.` });
    await world.until(() => phase(world) === "NoActionNeeded");
    const stored = JSON.stringify([read(world), chunks(world), world.events, world.logs]);
    expect(stored).toContain("<redacted:");
    expect(stored).not.toContain(secret);
  });
});

describe("what follows from approve", () => {
  it("is words alone when no record of this run stands behind it", async () => {
    const { world } = await begun("auto", { ...FIX, remediationRef: { name: "act-2", digest: DIGEST } });
    await world.until(() => phase(world) === "Proposed");
    expect(read(world).status?.remediationRef).toBeUndefined();
    expect(read(world).status?.gaps?.[0]).toContain("act-2");
    expect(world.agent.executions).toEqual([]);
  });

  it.each([
    ["has another digest than the report says", { approvalDigest: `sha256:${"b".repeat(64)}` }],
    ["belongs to another run", { runRef: { name: "inv", uid: "uid-other" } }],
  ])("is words alone when the record %s", async (_, change) => {
    const world = await createWorld();
    world.agent.report = FIX;
    const record = remediation("auto");
    world.cluster.put({ ...record, spec: { ...record.spec, ...change } });
    world.cluster.put(investigation());
    await world.start();
    await world.until(() => phase(world) === "Proposed");
    expect(read(world).status?.remediationRef).toBeUndefined();
    await world.clock.advance(60_000);
    expect(world.agent.executions).toEqual([]);
  });

  it("ends with the record in mode propose", async () => {
    const { world } = await begun("propose");
    await world.until(() => phase(world) === "Proposed");
    expect(read(world).status?.remediationRef).toMatchObject({ name: "act-1", digest: DIGEST, phase: "Proposed" });
    await world.clock.advance(60_000);
    expect(world.agent.executions).toEqual([]);
  });

  it("waits for a person in mode approve, then follows the act server to the outcome", async () => {
    const { world } = await begun("approve");
    await world.until(() => phase(world) === "AwaitingApproval");
    await world.clock.advance(60_000);
    expect(world.agent.executions).toEqual([]);
    actServer(world, ["Proposed", "Approved", "Executing"]);
    world.cluster.put(approval("Approve"));
    await world.until(() => phase(world) === "Executing");
    await world.until(() => world.agent.executions.length === 3);
    expect(world.agent.executions[0]).toEqual({
      remediationRef: { namespace: "shop", name: "act-1" },
      digest: DIGEST,
      correlationId: "uid-inv",
    });
    world.cluster.put(remediation("approve", { phase: "Succeeded" }));
    await world.until(() => phase(world) === "Succeeded");
    expect(read(world).status).toMatchObject({ outcome: "Succeeded", remediationRef: { phase: "Succeeded" } });
    expect(world.events.map(({ reason }) => reason)).toEqual([
      "Investigating",
      "Decided",
      "AwaitingApproval",
      "Executed",
    ]);
  });

  it("goes on without a person in mode auto", async () => {
    const { world } = await begun("auto");
    actServer(world, ["Executing"]);
    await world.until(() => world.agent.executions.length === 1);
    expect(read(world).status?.decision).toBe("approve");
    await world.until(() => phase(world) === "Executing");
    world.cluster.put(remediation("auto", { phase: "RolledBack" }));
    await world.until(() => phase(world) === "RolledBack");
  });

  it.each(["Rejected", "Expired", "Stale", "Withdrawn"])("ends as %s when the record does", async (outcome) => {
    const { world } = await begun("approve");
    await world.until(() => phase(world) === "AwaitingApproval");
    world.cluster.put(remediation("approve", { phase: outcome }));
    await world.until(() => phase(world) === outcome);
    expect(read(world).status?.conditions?.find(({ type }) => type === "Executed")).toBeUndefined();
  });

  it("says what changed, and how to ask again, when the proposal went stale", async () => {
    const { world } = await begun("approve");
    await world.until(() => phase(world) === "AwaitingApproval");
    world.cluster.put(remediation("approve", { phase: "Stale", message: "template changed after the proposal." }));
    await world.until(() => phase(world) === "Stale");
    const told = [condition(world, "Complete")?.message, world.events.at(-1)?.note];
    for (const text of told) {
      expect(text).toContain("Stale: The target, the SreAction or the SrePolicy changed after the proposal");
      expect(text).toContain("template changed after the proposal.");
      expect(text).toContain("To ask again, create an SreInvestigation");
    }
  });

  it("names the reason of a failure, not only that there is one", async () => {
    const { world } = await begun("approve");
    await world.until(() => phase(world) === "AwaitingApproval");
    world.cluster.put(remediation("approve", { phase: "Failed", message: "The API server refused: quota." }));
    await world.until(() => phase(world) === "Failed");
    expect(condition(world, "Complete")?.message).toContain("The API server refused: quota.");
  });

  it("tells while the act server holds an approved change back, and that it goes on", async () => {
    const { world } = await begun("approve");
    await world.until(() => phase(world) === "AwaitingApproval");
    const denial = { code: "MODE_FORBIDS", message: "The mode is off (SrePolicy).", next: "Raise the mode." };
    world.cluster.put(approval("Approve"));
    world.cluster.put(remediation("approve", { phase: "Approved", denial }));
    await world.until(() => condition(world, "Stalled")?.status === "True");
    // It is asked for again and again, and stays told.
    await world.until(() => world.agent.executions.length >= 3);
    expect(condition(world, "Stalled")).toMatchObject({ status: "True", reason: "MODE_FORBIDS" });
    for (const type of ["Stalled", "Complete", "Executed"]) {
      expect(condition(world, type)?.message).toContain(
        "The change is Approved and held back: MODE_FORBIDS: The mode is off (SrePolicy). Raise the mode.",
      );
    }
    world.cluster.put(remediation("approve", { phase: "Executing" }));
    await world.until(() => condition(world, "Stalled")?.status === "False");
    expect(condition(world, "Complete")?.message).toBe("The change is Executing.");
  });

  it("tells why an approval was not taken, and goes on waiting for a person", async () => {
    const { world } = await begun("approve");
    await world.until(() => phase(world) === "AwaitingApproval");
    const denial = { code: "APPROVAL_DIGEST", message: "It is for another change.", next: "Look and approve again." };
    world.cluster.put(remediation("approve", { phase: "Proposed", denial }));
    await world.until(() => condition(world, "Stalled")?.status === "True");
    expect(condition(world, "Complete")).toMatchObject({ status: "False", reason: "AwaitingApproval" });
    expect(condition(world, "Complete")?.message).toContain("APPROVAL_DIGEST: It is for another change.");
    expect(phase(world)).toBe("AwaitingApproval");
  });

  it("ends as Withdrawn when the record is gone before anything was written", async () => {
    const { world } = await begun("approve");
    await world.until(() => phase(world) === "AwaitingApproval");
    world.cluster.remove("SreRemediation", "shop", "act-1");
    await world.until(() => phase(world) === "Withdrawn");
  });
});

describe("an agent that fails", () => {
  const unavailable = () => new OperatorError("no answer", { code: "AGENT_UNAVAILABLE" });

  it("stalls the run with a growing pause and is asked again until it answers", async () => {
    const world = await createWorld();
    world.agent.failures.push(...Array.from({ length: 5 }, unavailable));
    world.cluster.put(investigation());
    await world.start();
    await world.until(() => world.agent.decisions.length === 1);
    await world.clock.advance(500);
    const stalled = read(world).status?.conditions?.find(({ type }) => type === "Stalled");
    expect(stalled).toMatchObject({ status: "True", reason: "AgentUnavailable" });
    expect(stalled?.message).toContain("no answer");
    await world.clock.advance(10_000);
    // 1, 2, 4 s: three more tries in 10 s, and not one a second.
    expect(world.agent.decisions).toHaveLength(4);
    await world.until(() => phase(world) === "NoActionNeeded");
    expect(read(world).status?.conditions?.find(({ type }) => type === "Stalled")?.status).toBe("False");
    expect(world.events.map(({ reason }) => reason)).toContain("AgentUnavailable");
  });

  it("is not blamed for a call that the stop of the operator cut off", async () => {
    const world = await createWorld();
    world.agent.decide = (_request, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(unavailable()), { once: true });
      });
    world.cluster.put(investigation());
    const { operator } = await world.start();
    await world.until(() => phase(world) === "Investigating");
    const stopped = operator.stop();
    await world.clock.advance(12_000);
    await stopped;
    expect(read(world).status?.conditions?.find(({ type }) => type === "Stalled")).toBeUndefined();
  });

  it("is not asked before the time that it named", async () => {
    const world = await createWorld();
    world.agent.failures.push(new OperatorError("busy", { code: "AGENT_UNAVAILABLE", retryAfterMs: 30_000 }));
    world.cluster.put(investigation());
    await world.start();
    await world.until(() => world.agent.decisions.length === 1);
    await world.clock.advance(28_000);
    expect(world.agent.decisions).toHaveLength(1);
    await world.until(() => phase(world) === "NoActionNeeded");
  });

  it("ends the run when it refuses the request", async () => {
    const world = await createWorld();
    world.agent.failures.push(new OperatorError("SCHEMA_INVALID: budget", { code: "AGENT_REFUSED" }));
    world.cluster.put(investigation());
    await world.start();
    await world.until(() => phase(world) === "Failed");
    const failed = read(world).status?.conditions?.find(({ type }) => type === "Failed");
    expect(failed).toMatchObject({ status: "True", reason: "AgentRefused" });
    expect(failed?.message).toMatch(
      /^SCHEMA_INVALID: budget\. .*one version.* To ask again, create an SreInvestigation/,
    );
    expect(world.events.find(({ reason }) => reason === "AgentRefused")?.note).toBe(failed?.message);
    await world.clock.advance(600_000);
    expect(world.agent.decisions).toHaveLength(1);
  });

  it("fails closed on a transcript that was changed", async () => {
    const world = await createWorld();
    world.agent.failures.push(...Array.from({ length: 1 }, unavailable));
    const spec = { investigationRef: { name: "inv", uid: "uid-inv" }, index: 0, firstSeq: 0, lastSeq: 0 };
    const metadata = { name: "inv-t0", namespace: "shop", labels: { "sre-agent.dev/investigation": "uid-inv" } };
    const chunk = { ...spec, hash: DIGEST, entries: "{}\n" };
    world.cluster.put({ apiVersion: API_VERSION, kind: "SreTranscript", metadata, spec: chunk } as never);
    world.cluster.put(investigation());
    await world.start();
    await world.until(() => phase(world) === "Failed");
    expect(condition(world, "Failed")?.message).toContain("sre-agent transcript inv -n shop");
    expect(world.agent.decisions).toEqual([]);
  });
});

describe("places", () => {
  const policy = (mode: string, maxConcurrent: number) => ({
    apiVersion: API_VERSION,
    kind: "SrePolicy",
    metadata: { name: "default" },
    spec: { mode, investigations: { maxConcurrent } },
  });

  it("are no more than maxConcurrent, and the next run starts when one is free", async () => {
    const world = await createWorld();
    const gates: (() => void)[] = [];
    const decide = world.agent.decide;
    world.agent.decide = async (request, signal) => {
      if (request.journal?.length === 0) await new Promise<void>((resolve) => gates.push(resolve));
      return decide(request, signal);
    };
    world.cluster.put(policy("propose", 2));
    for (const name of ["one", "two", "three", "four"]) world.cluster.put(investigation(name));
    await world.start();
    await world.until(() => gates.length === 2);
    await world.clock.advance(5_000);
    expect(["one", "two", "three", "four"].map((name) => phase(world, name)).toSorted()).toEqual([
      "Investigating",
      "Investigating",
      "Queued",
      "Queued",
    ]);
    gates[0]?.();
    await world.until(() => gates.length === 3, 5);
    gates[1]?.();
    gates[2]?.();
    await world.until(() => gates.length === 4, 5);
    gates[3]?.();
    await world.until(() => world.runs().every(({ status }) => status?.phase === "NoActionNeeded"));
  });

  it("are given up for as long as the kill switch is on: a run under way makes no further step, says so, and goes on after it", async () => {
    const world = await createWorld();
    world.cluster.put(policy("propose", 5));
    const { decide } = world.agent;
    world.agent.decide = async (request, signal) => {
      const step = await decide(request, signal);
      if (world.agent.decisions.length === 2) world.cluster.put(policy("off", 5));
      return step;
    };
    world.cluster.put(investigation());
    await world.start();
    await world.until(() => condition(world, "Stalled")?.status === "True");
    await world.clock.advance(600_000);
    expect(world.agent.decisions).toHaveLength(2);
    expect(phase(world)).toBe("Investigating");
    expect(condition(world, "Stalled")).toMatchObject({ reason: "KILLED" });
    expect(condition(world, "Stalled")?.message).toContain("sre-agent policy set");
    world.cluster.put(policy("propose", 5));
    await world.until(() => phase(world) === "NoActionNeeded");
    expect(world.agent.decisions).toHaveLength(4);
    expect(condition(world, "Stalled")?.status).toBe("False");
  });

  it("are none under the kill switch, and a run is skipped after an hour", async () => {
    const world = await createWorld();
    world.cluster.put(policy("off", 5));
    world.cluster.put(investigation());
    await world.start();
    await world.until(() => phase(world) === "Queued");
    expect(condition(world, "Complete")?.message).toContain("sre-agent policy set");
    await world.until(() => phase(world) === "Skipped", 3_700);
    expect(world.agent.decisions).toEqual([]);
  });
});
