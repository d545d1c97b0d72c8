import {
  ACTIONS,
  type Action,
  type ActionClass,
  type Denial,
  lowestMode,
  MODE_WITHOUT_POLICY,
  type Mode,
  reaches,
  type SrePolicy,
} from "@sre-agent/crds";
import { type Facts, unavailable } from "../facts/facts.ts";
import type { Workload } from "../facts/workload.ts";
import { allowingAction } from "./allowing-action.ts";
import { openBreaker } from "./breaker-closed.ts";
import { ruleFor } from "./rule-for.ts";
import { closedWindow } from "./window-open.ts";

/** One of the upper bounds whose lowest is the effective mode, and whose it is. */
export interface Ceiling {
  readonly by: string;
  readonly mode: Mode;
}

const CLASS_CEILINGS: Record<ActionClass, Mode> = { "reversible-small": "auto", "reversible-large": "approve" };

/** Scaling up within half of the current count is small, all other scaling is large. */
export function actionClassOf(action: Action, target: Workload): ActionClass {
  if (action.type !== "Scale") return ACTIONS[action.type].actionClass;
  const current = target.spec?.replicas ?? 1;
  const { replicas } = action.parameters;
  return replicas >= current && replicas <= current * 1.5 ? "reversible-small" : "reversible-large";
}

/** The standing ceilings: all but window and breaker, which have guards and codes of their own. */
export function standingCeilings(action: Action, facts: Facts): readonly Ceiling[] | Denial {
  const { policy, namespace, target, trigger, run } = facts;
  if (!policy.known) return unavailable("SrePolicy", policy);
  if (!namespace.known) return unavailable("the namespace", namespace);
  if (!target.known) return unavailable("the target", target);
  if (!trigger.known) return unavailable("the SreTrigger", trigger);
  if (run && !run.known) return unavailable("the SreInvestigation", run);
  const { value: applied } = policy;
  return [
    { by: applied ? "SrePolicy" : "no SrePolicy", mode: applied?.spec.mode ?? MODE_WITHOUT_POLICY },
    ruleCeiling(applied, namespace.value),
    ...ceilingOf("SreTrigger", trigger.value),
    ...ceilingOf("SreInvestigation", run?.value),
    ...ceilingOf("SreAction", allowingAction(action, facts)),
    ...(facts.record ? [{ by: "the proposal", mode: facts.record.spec.authority.mode }] : []),
    { by: "the action's class", mode: CLASS_CEILINGS[actionClassOf(action, target.value)] },
  ];
}

function ruleCeiling(policy: SrePolicy | undefined, namespace: Workload): Ceiling {
  const rule = ruleFor(policy, namespace);
  return rule
    ? { by: "the SrePolicy's rule for the namespace", mode: rule.mode }
    : { by: "no rule of the SrePolicy for the namespace", mode: MODE_WITHOUT_POLICY };
}

function ceilingOf(by: string, source: { readonly spec: { readonly mode: Mode } } | undefined): readonly Ceiling[] {
  return source ? [{ by, mode: source.spec.mode }] : [];
}

/** The lowest of `ceilings`, `auto` lowered to `approve` unless our own diagnosis asks for this very action. */
export function modeUnder(ceilings: readonly Ceiling[], facts: Facts): Ceiling {
  const mode = lowestMode(...ceilings.map((ceiling) => ceiling.mode));
  const by = ceilings.find((ceiling) => ceiling.mode === mode)?.by ?? "nothing";
  const confirmed = facts.ownFinding.known && facts.ownFinding.value;
  return mode === "auto" && !confirmed ? { by: "no finding of our own asks for it", mode: "approve" } : { by, mode };
}

/** How far the act server goes with this action right now, computed here and taken from no caller. */
export function effectiveMode(action: Action, facts: Facts): Mode | Denial {
  const ceilings = standingCeilings(action, facts);
  if ("code" in ceilings) return ceilings;
  const halted = closedWindow(facts) !== null || openBreaker(action, facts) !== null;
  return lowestMode(modeUnder(ceilings, facts).mode, ...(halted ? (["propose"] as const) : []));
}

/** True when nothing but the act server's own diagnosis decides between `approve` and `auto`. */
export function wantsOwnFinding(action: Action, facts: Facts): boolean {
  const ceilings = standingCeilings(action, facts);
  return !("code" in ceilings) && reaches(lowestMode(...ceilings.map(({ mode }) => mode)), "auto");
}
