import { canonicalJson, type Denial, deny } from "@sre-agent/crds";
import type { Facts } from "../facts/facts.ts";
import { actionChanged } from "../guards/action-allowed.ts";
import { policyChanged } from "../guards/mode-allows.ts";
import type { Live, Plan } from "../plans/plan.ts";
import { markerOf, planFor } from "../plans/planner.ts";
import { actionOf } from "./receipt.ts";
import { type StoredRemediation, writeStatus } from "./status.ts";
import { type ActDependencies, DONE, type StepResult } from "./step.ts";

export const TARGET_GONE = deny("STALE", "The target was deleted.");

/**
 * Why nobody's approval can carry the proposal out any more: what it rests on has changed. Null when nothing has, as far as
 * the facts are known.
 */
export function overtaken(record: StoredRemediation, { policy, actions, target, history }: Facts): Denial | null {
  const rules = [
    policy.known ? policyChanged(record, policy.value) : null,
    actions.known ? actionChanged(record, actions.value) : null,
  ];
  const [changed] = rules.filter((denial) => denial !== null);
  if (changed) return changed;
  if (!target.known) return target.gone ? TARGET_GONE : null;
  if (!history.known) return null;
  const plan = replan(record, { target: target.value, ...history.value });
  return "code" in plan ? plan : null;
}

/** Ends the record: whoever waits for it may plan anew. */
export async function endAsStale(
  dependencies: ActDependencies,
  record: StoredRemediation,
  denial: Denial,
): Promise<StepResult> {
  const message = denial.message.slice(0, 2000);
  await writeStatus(dependencies, record, { phase: "Stale", denial: { ...denial, message }, message });
  return DONE;
}

/** The plan against the live objects, or STALE when it would rest on something else than the proposal did. */
export function replan(record: StoredRemediation, live: Live): Plan | Denial {
  const plan = planFor(actionOf(record), live, markerOf(record.metadata.name, "forward"));
  if ("code" in plan) return deny("STALE", plan.message);
  const [changed] = Object.entries(record.spec.premise).filter(([name, value]) => plan.premise[name] !== value);
  if (changed) return deny("STALE", `${changed[0]} changed after the proposal.`);
  return canonicalJson(plan.write) === canonicalJson(record.spec.write)
    ? plan
    : deny("STALE", "The write is another one.");
}
