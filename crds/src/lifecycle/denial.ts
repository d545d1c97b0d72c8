import { z } from "zod";

/** Every refusal of a tool, guard or gate: a stable code and the next step. Codes never change their meaning. */
export const DENIALS = {
  SCHEMA_INVALID: "Correct the named field and call again.",
  TOOL_UNKNOWN: "Call tools/list for the tools of this server.",
  CRDS_MISSING: "Install the kinds first: sre-agent crds apply.",
  RUN_UNKNOWN: "The run reference names no such investigation; a person's client calls without one.",
  RUN_FINISHED: "The investigation has ended; start a new one.",
  READ_FORBIDDEN: "Stay in the run's namespace, or ask somebody with the right to look.",
  EVIDENCE_GONE: "Repeat the call that produced the evidence.",
  NOT_FOUND: "List the kind in the namespace to find the right name.",
  CLUSTER_UNAVAILABLE: "The API server did not answer; try again in a moment.",
  FACTS_UNAVAILABLE:
    "A fact that a guard needs could not be read; nothing was done. Try again or look at the server's rights.",
  MODE_FORBIDS:
    "The mode allows no more; the proposal in words is the result. A person can raise the mode, and propose anew.",
  ACTION_NOT_ALLOWED: "No SreAction of the run allows this; report it as a finding for a person.",
  NAMESPACE_PROTECTED: "sre-agent never acts in this namespace; report it for a person.",
  TARGET_NOT_OURS: "Act on the controller that owns the object, or leave it to the tool that manages it.",
  IDENTITY_FORBIDDEN: "The person behind the request may not do this themselves; ask somebody who may.",
  WINDOW_CLOSED: "Outside the maintenance window; propose again when it opens.",
  BLAST_RADIUS: "Too much would be unavailable at once; choose a smaller step.",
  QUOTA_EXCEEDED: "The quota for changes is used up; wait, or let a person act.",
  BREAKER_OPEN: "Recent remediations failed; a person has to look before the next one.",
  DUPLICATE: "A change of this target is on record already: a person decides on it with sre-agent approve or reject.",
  NO_INVERSE: "The change could not be undone, so it is not made.",
  NO_PREVIOUS_REVISION: "There is no earlier working revision to return to.",
  APPROVAL_MISSING: "A person has to create an SreApproval: sre-agent approve.",
  APPROVAL_DIGEST: "The approval is for another change; look at the remediation and approve its digest.",
  APPROVAL_FORBIDDEN: "The approver may not make this change themselves.",
  APPROVAL_SELF: "Who proposed the change cannot approve it; ask somebody else.",
  APPROVAL_EXPIRED: "An approval holds for 15 minutes; approve again.",
  APPROVAL_CONSUMED: "The approval was used; a new change needs a new one.",
  APPROVAL_REJECTED: "An approver rejected the change.",
  PENDING_APPROVAL: "The change waits for a person's approval.",
  STALE: "The target changed after the proposal; look again and propose anew.",
  ACTION_CHANGED: "The SreAction changed after the proposal; propose anew.",
  POLICY_CHANGED: "The SrePolicy changed after the proposal; propose anew.",
  EXPIRED: "The proposal is too old; propose anew.",
  WITHDRAWN: "The proposal was withdrawn; propose anew if it is still right.",
  DRY_RUN_DIFFERS: "The API server would change more than the action declares; a person has to look.",
  DRY_RUN_REFUSED: "The API server refuses the change; its message says why.",
  AUDIT_UNAVAILABLE: "The intent could not be recorded, so nothing was written; repair the audit sink.",
  KILLED:
    "The kill switch is on (SrePolicy mode off, or unreadable): an administrator raises the mode with sre-agent policy set, then propose anew.",
  NOT_LEADER: "Another replica acts; try again in a moment.",
} as const;

export type DenialCode = keyof typeof DENIALS;
const DENIAL_CODES = Object.keys(DENIALS) as [DenialCode, ...DenialCode[]];

/** A refusal is a value. `message` names what was refused and why; `next` is what to do. */
export interface Denial {
  readonly code: DenialCode;
  readonly message: string;
  readonly next: string;
}

export const denialSchema = z.strictObject({
  code: z.enum(DENIAL_CODES),
  message: z.string().max(2048),
  next: z.string().max(512),
});

export function deny(code: DenialCode, message: string, next: string = DENIALS[code]): Denial {
  return { code, message, next };
}
