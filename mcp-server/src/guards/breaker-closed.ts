import { type Action, type Denial, deny, durationMs, type Outcome } from "@sre-agent/crds";
import { type Facts, unavailable } from "../facts/facts.ts";
import type { Guard } from "./guard.ts";

const FAILURES: readonly Outcome[] = ["Failed", "RolledBack", "Unknown"];

/** Not so many remediations of the namespace failed lately that a person has to look first. */
export const breakerClosed: Guard = (action, facts) => openBreaker(action, facts);

/** The denial while the breaker is open. */
export function openBreaker(action: Action, { policy, ledger, nowMs }: Facts): Denial | null {
  if (!policy.known) return unavailable("SrePolicy", policy);
  if (!ledger.known) return unavailable("the ledger", ledger);
  if (!policy.value) return null;
  const { failures, within } = policy.value.spec.breaker;
  const since = nowMs - durationMs(within);
  const failed = ledger.value.filter(
    ({ spec, status }) =>
      spec.action.target.namespace === action.target.namespace &&
      status?.outcome !== undefined &&
      FAILURES.includes(status.outcome) &&
      Date.parse(status.completedAt ?? "") > since,
  ).length;
  return failed >= failures
    ? deny("BREAKER_OPEN", `${failed} remediations failed in the namespace within ${within}.`)
    : null;
}
