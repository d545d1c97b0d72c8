import type { Action } from "../actions/action.ts";
import type { RemediationSpec } from "../kinds/remediation.ts";
import { digestOf, shortHash } from "./canonical.ts";

/** Identifies the change itself: the same change proposed twice has the same key. */
export function actionKey(action: Action): string {
  const { apiVersion, kind, namespace, name, uid } = action.target;
  return digestOf({ type: action.type, apiVersion, kind, namespace, name, uid, parameters: action.parameters });
}

/**
 * The name of the ledger record. `requester` is the run's uid, or the request key of a client without a run; `attempt`
 * is the number of terminal records of this key, so a retry finds its own record and a new try gets a new one.
 */
export function remediationName(requester: string, key: string, attempt: number): string {
  return `act-${shortHash({ requester, key, attempt }, 16)}`;
}

/** What an approval is bound to. Changing any of these after the approval makes it void. */
export function approvalDigest(
  spec: Pick<RemediationSpec, "actionKey" | "premise" | "diff" | "authority" | "expiresAt">,
): string {
  const { actionKey: key, premise, diff, authority, expiresAt } = spec;
  return digestOf({ actionKey: key, premise, diff, authority, expiresAt });
}
