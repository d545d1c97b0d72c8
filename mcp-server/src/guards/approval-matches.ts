import {
  APPROVAL_LIFETIME_MINUTES,
  canonicalJson,
  type Denial,
  deny,
  parseAction,
  type SreApproval,
  type SrePolicy,
  type SreRemediation,
} from "@sre-agent/crds";
import { type Facts, unavailable } from "../facts/facts.ts";
import type { Guard } from "./guard.ts";
import { approverDenial } from "./identity-may.ts";
import { actionClassOf, effectiveMode } from "./mode.ts";

/** At execution, unless the mode is auto: a person approved exactly this change, and nobody rejected it. */
export const approvalMatches: Guard = (action, facts) => {
  if (facts.stage === "propose" || !facts.record) return null;
  if (!facts.approvals.known) return unavailable("the SreApprovals", facts.approvals);
  const rejected = rejection(facts.approvals.value, facts.record);
  if (rejected) return deny("APPROVAL_REJECTED", `${rejected.spec.approver} rejected the change.`);
  const mode = effectiveMode(action, facts);
  if (typeof mode !== "string") return mode;
  if (mode === "auto" && facts.record.spec.authority.mode === "auto") return null;
  const found = findApproval(facts);
  return "code" in found ? found : null;
};

/** The rejection of `record`, which beats every approval until one is consumed. */
export function rejection(approvals: readonly SreApproval[], record: SreRemediation): SreApproval | undefined {
  return approvals.find((approval) => approval.spec.decision === "Reject" && concerns(approval, record));
}

/** The oldest valid approval of the record, by one who may still make the write, or why there is none: of several faulty ones the newest tells. */
export function findApproval(facts: Facts): SreApproval | Denial {
  const { record, approvals, policy } = facts;
  if (!approvals.known) return unavailable("the SreApprovals", approvals);
  if (!policy.known) return unavailable("SrePolicy", policy);
  if (!record) return deny("APPROVAL_MISSING", "There is no record to approve.");
  const candidates = approvals.value
    .filter((approval) => approval.spec.decision === "Approve" && concerns(approval, record))
    .sort((a, b) => Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp));
  const at = { nowMs: facts.nowMs, policy: policy.value, small: isSmall(record, facts) };
  let denial: Denial = deny("APPROVAL_MISSING", `Nobody approved SreRemediation ${record.metadata.name} yet.`);
  for (const approval of candidates) {
    const fault = approvalFault(approval, record, at) ?? approverDenial(approval.spec.approver, facts.approverMay);
    if (!fault) return approval;
    denial = fault;
  }
  return denial;
}

function isSmall({ spec }: SreRemediation, { target }: Facts): boolean {
  return target.known && actionClassOf(parseAction(spec.action), target.value) === "reversible-small";
}

function concerns({ metadata, spec }: SreApproval, record: SreRemediation): boolean {
  const { name, uid } = spec.remediationRef;
  return (
    metadata.namespace === record.metadata.namespace &&
    name === record.metadata.name &&
    (uid === undefined || uid === record.metadata.uid)
  );
}

interface Circumstances {
  readonly nowMs: number;
  readonly policy: SrePolicy | undefined;
  /** The action is of the class reversible-small. */
  readonly small: boolean;
}

/** A clock that is further behind would let approvals live longer than they should. */
const MAX_SKEW_MS = 60_000;

/** Why `approval` does not stand for `record`, or null, whatever its approver may do. */
function approvalFault(approval: SreApproval, record: SreRemediation, at: Circumstances): Denial | null {
  const { spec, metadata } = approval;
  const name = `SreApproval ${metadata.name}`;
  if (spec.digest !== record.spec.approvalDigest) return deny("APPROVAL_DIGEST", `${name} is for ${spec.digest}.`);
  if (canonicalJson(spec.write) !== canonicalJson(record.spec.write)) {
    return deny("APPROVAL_DIGEST", `${name} names another write than the record.`);
  }
  if (spec.approver.startsWith("system:serviceaccount:")) {
    return deny("APPROVAL_FORBIDDEN", `${name} is by a ServiceAccount; only a person approves.`);
  }
  const consumed = record.status?.approvalRef;
  if (consumed) return consumed.uid === metadata.uid ? null : deny("APPROVAL_CONSUMED", `${consumed.name} was used.`);
  const ageMs = at.nowMs - Date.parse(metadata.creationTimestamp);
  if (!(ageMs < APPROVAL_LIFETIME_MINUTES * 60_000)) return deny("APPROVAL_EXPIRED", `${name} is too old.`);
  if (ageMs < -MAX_SKEW_MS)
    return deny("FACTS_UNAVAILABLE", `${name} is from the future: our clock or the API server's is wrong.`);
  return selfApproval(spec.approver, record, at);
}

function selfApproval(approver: string, record: SreRemediation, { policy, small }: Circumstances): Denial | null {
  const { proposer, requester } = record.spec;
  // On a person's own machine the client's model proposes under the person's name; the person has seen a small change.
  const bySelf = approver === proposer.user && !(proposer.ownClient === true && small);
  if (bySelf) return deny("APPROVAL_SELF", `${approver} proposed the change.`);
  // Without a readable flag the stricter reading holds.
  const fourEyes = policy?.spec.fourEyes ?? true;
  return fourEyes && approver === requester?.user
    ? deny("APPROVAL_SELF", `${approver} requested the investigation, and the policy asks for four eyes.`)
    : null;
}
