import type { Action, Denial } from "@sre-agent/crds";
import type { Facts } from "../facts/facts.ts";
import { actionAllowed } from "./action-allowed.ts";
import { approvalMatches } from "./approval-matches.ts";
import { breakerClosed } from "./breaker-closed.ts";
import type { Guard } from "./guard.ts";
import { identityMay } from "./identity-may.ts";
import { modeAllows } from "./mode-allows.ts";
import { namespaceAllowed } from "./namespace-allowed.ts";
import { notDuplicate } from "./not-duplicate.ts";
import { schemaValid } from "./schema-valid.ts";
import { targetOwned } from "./target-owned.ts";
import { windowOpen } from "./window-open.ts";
import { withinBlastRadius } from "./within-blast-radius.ts";
import { withinQuota } from "./within-quota.ts";

/** All guards in the order in which they are asked, at the proposal and again before the write. */
export const GUARDS: readonly Guard[] = [
  schemaValid,
  modeAllows,
  actionAllowed,
  namespaceAllowed,
  targetOwned,
  identityMay,
  windowOpen,
  withinBlastRadius,
  withinQuota,
  breakerClosed,
  notDuplicate,
  approvalMatches,
];

/** The first refusal, or null when every guard lets the action through. */
export function guarded(action: Action, facts: Facts, guards: readonly Guard[] = GUARDS): Denial | null {
  for (const guard of guards) {
    const denial = guard(action, facts);
    if (denial) return denial;
  }
  return null;
}
