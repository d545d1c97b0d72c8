import { describe, expect, it } from "vitest";
import { withCondition } from "./condition.ts";
import { DECISIONS, disposition } from "./decision.ts";
import { DENIALS } from "./denial.ts";
import { INVESTIGATION_PHASES, investigationPhase, isComplete, PHASE_NAMES } from "./investigation-phase.ts";
import { lowestMode, MODES } from "./mode.ts";
import { isStarted, isTerminal, isUnstarted, REMEDIATION_PHASES } from "./remediation-phase.ts";

describe("decision × mode", () => {
  it("is this table and no other", () => {
    const rows = DECISIONS.flatMap((decision) =>
      MODES.map((mode) => {
        const { phase, recorded, final } = disposition(decision, mode);
        return `${decision} ${mode}: ${phase}${recorded ? " recorded" : ""}${final ? " final" : ""}`;
      }),
    );
    expect(rows).toEqual([
      "approve off: Proposed final",
      "approve observe: Proposed final",
      "approve propose: Proposed recorded final",
      "approve approve: AwaitingApproval recorded",
      "approve auto: Executing recorded",
      ...MODES.map((mode) => `deny ${mode}: NoActionNeeded final`),
      ...MODES.map((mode) => `manual ${mode}: NeedsHuman final`),
    ]);
  });

  it("takes the lowest ceiling, and off when there is none", () => {
    expect(lowestMode("auto", "approve", "propose")).toBe("propose");
    expect(lowestMode()).toBe("off");
  });
});

describe("phases", () => {
  const now = "2026-01-01T00:00:00Z";
  const condition = (
    type: "Complete" | "Executed" | "Approved" | "Investigated" | "Failed",
    status: "True" | "False",
    reason: string,
  ) => withCondition([], { type, status, reason, message: "" }, now);

  it.each([
    [undefined, "Pending"],
    [condition("Investigated", "False", "InProgress"), "Investigating"],
    [condition("Approved", "False", "Awaiting"), "AwaitingApproval"],
    [condition("Executed", "False", "Executing"), "Executing"],
    [condition("Complete", "False", "Queued"), "Queued"],
    [condition("Complete", "True", "Succeeded"), "Succeeded"],
    [condition("Complete", "True", "NoActionNeeded"), "NoActionNeeded"],
    [condition("Failed", "True", "AgentRefused"), "Failed"],
  ] as const)("of conditions %j is %s", (conditions, phase) => {
    expect(investigationPhase(conditions)).toBe(phase);
  });

  it("ends by Complete or Failed only", () => {
    expect(isComplete(condition("Complete", "True", "Succeeded"))).toBe(true);
    expect(isComplete(condition("Failed", "True", "X"))).toBe(true);
    expect(isComplete(condition("Executed", "True", "Succeeded"))).toBe(false);
  });

  it("puts each remediation phase into exactly one of unstarted, started, terminal", () => {
    for (const phase of REMEDIATION_PHASES) {
      const memberships = [isUnstarted(phase), isStarted(phase), isTerminal(phase)].filter(Boolean);
      expect(memberships, phase).toHaveLength(1);
    }
  });

  it("says of every phase and denial what it means", () => {
    for (const phase of PHASE_NAMES) expect(INVESTIGATION_PHASES[phase], phase).toMatch(/\.$/);
    for (const [code, next] of Object.entries(DENIALS)) expect(next, code).toMatch(/\.$|apply$/);
  });
});

describe("conditions", () => {
  it("move lastTransitionTime only when the status flips", () => {
    const first = withCondition(
      [],
      { type: "Ready", status: "True", reason: "A", message: "" },
      "2026-01-01T00:00:00Z",
    );
    const same = withCondition(
      first,
      { type: "Ready", status: "True", reason: "B", message: "" },
      "2026-01-02T00:00:00Z",
    );
    const flipped = withCondition(
      same,
      { type: "Ready", status: "False", reason: "C", message: "" },
      "2026-01-03T00:00:00Z",
    );
    expect(same[0]).toMatchObject({ reason: "B", lastTransitionTime: "2026-01-01T00:00:00Z" });
    expect(flipped[0]?.lastTransitionTime).toBe("2026-01-03T00:00:00Z");
  });
});
