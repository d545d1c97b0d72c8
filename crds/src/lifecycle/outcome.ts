/** How a remediation ended, and what a person should read into it. */
export const OUTCOMES = {
  Succeeded: "The target is healthy and stayed so over the verification window.",
  NoEffect: "The change is in, the target is as unwell as before; it was kept and a person is needed.",
  Contained: "Better than before, not healthy; the change was kept and a person is needed.",
  RolledBack: "Worse than before; the inverse was applied.",
  Failed: "The change was not made, or it made things worse and could not be undone; the message says which.",
  Unknown: "Whether the write landed cannot be told; nothing more will be tried, a person must look.",
  Rejected: "An approver said no.",
  Expired: "Nobody approved in time.",
  Stale: "The target, the SreAction or the SrePolicy changed after the proposal; plan anew.",
  Withdrawn: "The investigation ended, was deleted, or decided otherwise before anything was written.",
} as const;

export const OUTCOME_NAMES = Object.keys(OUTCOMES) as [Outcome, ...Outcome[]];
export type Outcome = keyof typeof OUTCOMES;
