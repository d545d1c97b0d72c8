import { OUTCOME_NAMES, type Outcome } from "./outcome.ts";

/** Phases of an SreRemediation before its outcome. */
const OPEN_PHASES = ["Proposed", "Approved", "Executing", "Verifying", "Reverting"] as const;
export const REMEDIATION_PHASES = [...OPEN_PHASES, ...OUTCOME_NAMES] as const;
export type RemediationPhase = (typeof OPEN_PHASES)[number] | Outcome;

/** A record without status was just created. */
export function remediationPhase(
  status: { readonly phase?: RemediationPhase | undefined } | undefined,
): RemediationPhase {
  return status?.phase ?? "Proposed";
}

/** True when nothing more will happen. */
export function isTerminal(phase: RemediationPhase): phase is Outcome {
  return (OUTCOME_NAMES as readonly string[]).includes(phase);
}

/** True before the first write: it may still be withdrawn, expire, or be found stale. */
export function isUnstarted(phase: RemediationPhase): boolean {
  return phase === "Proposed" || phase === "Approved";
}

/** True from the write-ahead record on: it must be followed to its end, whatever became of the run. */
export function isStarted(phase: RemediationPhase): boolean {
  return phase === "Executing" || phase === "Verifying" || phase === "Reverting";
}
