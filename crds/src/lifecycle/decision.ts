import type { Mode } from "./mode.ts";

/** What the agent holds to be right; what happens then is the mode's matter. */
export const DECISIONS = ["approve", "deny", "manual"] as const;
export type DecisionKind = (typeof DECISIONS)[number];

/** What follows from a decision. */
export interface Disposition {
  readonly phase: "Proposed" | "AwaitingApproval" | "Executing" | "NoActionNeeded" | "NeedsHuman";
  /** An SreRemediation stands behind it. */
  readonly recorded: boolean;
  /** The investigation ends here. */
  readonly final: boolean;
}

const APPROVED: Record<Mode, Disposition> = {
  off: { phase: "Proposed", recorded: false, final: true },
  observe: { phase: "Proposed", recorded: false, final: true },
  propose: { phase: "Proposed", recorded: true, final: true },
  approve: { phase: "AwaitingApproval", recorded: true, final: false },
  auto: { phase: "Executing", recorded: true, final: false },
};

/** Decision × effective mode → what happens. The only place that knows. */
export function disposition(decision: DecisionKind, mode: Mode): Disposition {
  if (decision === "deny") return { phase: "NoActionNeeded", recorded: false, final: true };
  if (decision === "manual") return { phase: "NeedsHuman", recorded: false, final: true };
  return APPROVED[mode];
}
