import { type Condition, findCondition } from "./condition.ts";
import { OUTCOME_NAMES } from "./outcome.ts";

/** Phases of an SreInvestigation, with what a person should read into each. */
export const INVESTIGATION_PHASES = {
  Pending: "Not looked at yet.",
  Queued: "Waits for a place under maxConcurrent or maxPerHour.",
  Investigating: "The agent is reading.",
  AwaitingApproval: "A fix is on record; a person has to approve it.",
  Executing: "The act server is carrying the fix out.",
  Proposed: "A fix is proposed; the mode allows no more than that.",
  NoActionNeeded: "Nothing should be done: healthy, recovered, or every action would harm.",
  NeedsHuman: "A person has to decide or act; the rationale says what.",
  Skipped: "Not run: over the limits for too long, or another investigation covers the same root.",
  ...Object.fromEntries(OUTCOME_NAMES.map((outcome) => [outcome, `The remediation ended as ${outcome}.`])),
} as Record<InvestigationPhase, string>;

export const PHASE_NAMES = [
  "Pending",
  "Queued",
  "Investigating",
  "AwaitingApproval",
  "Executing",
  "Proposed",
  "NoActionNeeded",
  "NeedsHuman",
  "Skipped",
  ...OUTCOME_NAMES,
] as const;
export type InvestigationPhase = (typeof PHASE_NAMES)[number];

function isPhase(name: string): name is InvestigationPhase {
  return (PHASE_NAMES as readonly string[]).includes(name);
}

/** The phase that the conditions say: computed, never decided. */
export function investigationPhase(conditions: readonly Condition[] | undefined): InvestigationPhase {
  if (findCondition(conditions, "Failed")?.status === "True") return "Failed";
  const complete = findCondition(conditions, "Complete");
  if (complete?.status === "True" && isPhase(complete.reason)) return complete.reason;
  if (complete?.reason === "Queued") return "Queued";
  if (findCondition(conditions, "Executed")?.status === "False") return "Executing";
  if (findCondition(conditions, "Approved")?.status === "False") return "AwaitingApproval";
  return findCondition(conditions, "Investigated") ? "Investigating" : "Pending";
}

/** True when the run has ended. */
export function isComplete(conditions: readonly Condition[] | undefined): boolean {
  return ["Complete", "Failed"].some((type) => findCondition(conditions, type as "Complete")?.status === "True");
}
