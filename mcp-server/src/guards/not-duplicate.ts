import { actionKey, deny, isStarted, isTerminal, type RemediationSpec, remediationPhase } from "@sre-agent/crds";
import { type Facts, unavailable } from "../facts/facts.ts";
import type { Guard } from "./guard.ts";

/** No other record holds this very change, and no other change of the target is under way. */
export const notDuplicate: Guard = (action, facts) => {
  if (!facts.ledger.known) return unavailable("the ledger", facts.ledger);
  const key = actionKey(action);
  const other = facts.ledger.value.find(({ metadata, spec, status }) => {
    const own = metadata.name === facts.recordName && metadata.namespace === action.target.namespace;
    const phase = remediationPhase(status);
    if (own || isTerminal(phase)) return false;
    return holdsChange(spec, key, facts) || (spec.action.target.uid === action.target.uid && isStarted(phase));
  });
  if (!other) return null;
  const { name, namespace } = other.metadata;
  return deny(
    "DUPLICATE",
    `SreRemediation ${name} in ${namespace} holds the target (${remediationPhase(other.status)}).`,
  );
};

/** A proposal under an earlier policy is void, so it does not stand in the way of one under the present policy. */
function holdsChange(spec: RemediationSpec, key: string, { stage, policy, nowMs }: Facts): boolean {
  const voided = policy.known && policy.value?.metadata.generation !== spec.authority.policyRef.generation;
  return stage === "propose" && spec.actionKey === key && Date.parse(spec.expiresAt) > nowMs && !voided;
}
