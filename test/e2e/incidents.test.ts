import { readJournal } from "@sre-agent/operator";
import { describe, expect, it } from "vitest";
import { openScenario, PARTS, type Scenario } from "./scenario.ts";

const CASE_MS = 60_000;
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
const digest = expect.stringMatching(/^sha256:[0-9a-f]{64}$/);

/** The parts in whose logs the run's correlation id stands as such. */
function partsThatKnow(scenario: Scenario, correlationId = "none"): readonly string[] {
  const isAboutIt = (line: string) => line.includes(`"correlationId":"${correlationId}"`);
  return PARTS.filter((part) => scenario.logs[part].some(isAboutIt));
}

describe.concurrent("an incident, through the four processes", () => {
  it(
    "is found, proposed, approved, undone and verified, and every step of it is on record",
    async () => {
      await using scenario = await openScenario("bad-release");
      const broken = await scenario.breakIt();
      await scenario.untilPhase("AwaitingApproval");
      await scenario.approve(await scenario.untilRemediation("Proposed"));
      const { metadata, status } = await scenario.untilPhase("Succeeded");
      const ledger = await scenario.ledger();
      const [remediation] = ledger;
      const chunks = await scenario.transcripts();

      expect(status).toMatchObject({
        observedGeneration: 1,
        phase: "Succeeded",
        decision: "approve",
        confidence: "high",
        rootCause: expect.stringContaining("removed env DATABASE_URL"),
        rationale: expect.stringContaining("no model was used"),
        findings: [{ severity: "error", subject: "Deployment/web" }],
        claims: [{ evidence: expect.arrayContaining([expect.stringMatching(/^ev-/)]) }],
        gaps: [],
        actionRef: "roll-back",
        remediationRef: {
          name: remediation?.metadata.name,
          digest: remediation?.spec.approvalDigest,
          summary: "roll back Deployment/web to revision 1",
          phase: "Succeeded",
        },
        outcome: "Succeeded",
        usage: { backend: "rules", steps: 4, toolCalls: expect.any(Number), inputTokens: 0, outputTokens: 0 },
        startedAt: time,
        decidedAt: time,
        completedAt: time,
      });
      expect(status?.conditions?.map(({ type, status, reason }) => `${type}=${status} ${reason}`).toSorted()).toEqual([
        "Approved=True Allowed",
        "Complete=True Succeeded",
        "Executed=True Succeeded",
        "Investigated=True Decided",
      ]);
      expect(status?.usage?.toolCalls).toBeLessThanOrEqual(8);
      // What it reads beside these depends on what the analyzers have shown already.
      const beside = new Set(["changes_recent", "events_timeline", "pod_logs"]);
      const transcript = status?.transcript?.filter(({ tool }) => !beside.has(tool ?? ""));
      expect(transcript?.map(({ kind, tool }) => [kind, tool].filter(Boolean).join(" "))).toEqual([
        "begun",
        "call diagnose",
        "result diagnose",
        "call resource_get",
        "result resource_get",
        "call workload_rollback",
        "result workload_rollback",
        "ended",
      ]);

      expect(ledger).toHaveLength(1);
      expect(remediation?.spec).toMatchObject({
        correlationId: metadata.uid,
        runRef: { name: metadata.name, uid: metadata.uid },
        authority: { mode: "approve", actionRef: { name: "roll-back" } },
        approvalDigest: digest,
      });
      expect(remediation?.status).toMatchObject({
        phase: "Succeeded",
        outcome: "Succeeded",
        approvalRef: { approver: "demo-approver" },
        attempts: [{ number: 1, direction: "forward", result: "written", startedAt: time, finishedAt: time }],
        inverse: { type: "Rollback" },
        verification: { before: { desired: 3 }, last: { severity: 0, ready: 3, desired: 3 }, healthySince: time },
        completedAt: time,
      });
      expect((await scenario.deployment()).metadata.generation).toBe(broken + 1);

      const journal = readJournal(chunks.map(({ spec }) => spec));
      expect(journal.map(({ seq }) => seq)).toEqual(journal.map((_entry, index) => index));
      expect(status?.transcriptRefs).toEqual(
        chunks
          .map(({ metadata: { name }, spec: { hash, firstSeq, lastSeq } }) => ({ name, hash, firstSeq, lastSeq }))
          .toSorted((left, right) => left.firstSeq - right.firstSeq),
      );
      expect(partsThatKnow(scenario, metadata.uid)).toEqual(PARTS);
      const events = await scenario.events();
      expect(events).toContainEqual(expect.stringMatching(/^SreInvestigation\/unwell-.* Succeeded/));
    },
    CASE_MS,
  );

  it(
    "that is none ends with no action needed, and nothing is recorded",
    async () => {
      await using scenario = await openScenario("healthy");
      const before = await scenario.breakIt();
      const { status } = await scenario.untilPhase("NoActionNeeded");
      expect(status).toMatchObject({ decision: "deny", findings: [] });
      expect(status?.remediationRef).toBeUndefined();
      expect(await scenario.ledger()).toEqual([]);
      expect((await scenario.deployment()).metadata.generation).toBe(before);
    },
    CASE_MS,
  );

  it(
    "for which nothing is allowed goes to a person, with the cause and nothing recorded",
    async () => {
      await using scenario = await openScenario("no-allowed-action");
      const before = await scenario.breakIt();
      const { status } = await scenario.untilPhase("NeedsHuman");
      expect(status).toMatchObject({ decision: "manual", findings: [{ subject: "Deployment/web" }] });
      expect(status?.rootCause).not.toBe("");
      expect(await scenario.ledger()).toEqual([]);
      expect((await scenario.deployment()).metadata.generation).toBe(before);
    },
    CASE_MS,
  );
});
