import {
  type Budget,
  DEFAULT_BUDGET,
  durationMs,
  type Mode,
  POLICY,
  POLICY_NAME,
  type SrePolicy,
} from "@sre-agent/crds";
import type { Store } from "@sre-agent/kube";

/** What SrePolicy says to the operator. */
export interface Limits {
  /** undefined: there is no SrePolicy, and nothing is changed in the cluster. */
  readonly mode: Mode | undefined;
  readonly maxConcurrent: number;
  readonly maxPerHour: number;
  readonly modelBudget: Budget | undefined;
  readonly keepInvestigationsMs: number;
}

/** Under mode `off` no run starts, and one under way makes no further step. */
export const KILLED =
  "The kill switch is on (SrePolicy mode off). An administrator raises the mode: sre-agent policy set MODE.";

const SPEC_DEFAULTS = POLICY.spec.parse({ mode: "observe" });

/** What is kept of an SrePolicy. Throws when it breaks its own schema, so that it is not half obeyed. */
export function limitsOf(policy: Pick<SrePolicy, "spec">): Limits {
  return { ...fromSpec(POLICY.spec.parse(policy.spec)), mode: policy.spec.mode };
}

/** The limits in force: SrePolicy `default`, or the defaults where there is none. */
export function currentLimits(policies: Store<Limits>): Limits {
  return policies.get(POLICY_NAME) ?? { ...fromSpec(SPEC_DEFAULTS), mode: undefined };
}

function fromSpec(spec: SrePolicy["spec"]): Omit<Limits, "mode"> {
  return {
    maxConcurrent: spec.investigations.maxConcurrent,
    maxPerHour: spec.investigations.maxPerHour,
    modelBudget: spec.modelBudget,
    keepInvestigationsMs: durationMs(spec.retention.investigations),
  };
}

/** What one run may spend: each member the smallest that anybody set, the default where nobody did. */
export function smallestBudget(...budgets: readonly (Budget | undefined)[]): Budget {
  const members = ["steps", "toolCalls", "inputTokens", "outputTokens", "seconds", "costMicroUsd"] as const;
  const entries = members.flatMap((member) => {
    const set = budgets.flatMap((budget) => budget?.[member] ?? []);
    const value = set.length > 0 ? Math.min(...set) : (DEFAULT_BUDGET as Budget)[member];
    return value === undefined ? [] : [[member, value] as const];
  });
  return Object.fromEntries(entries);
}
