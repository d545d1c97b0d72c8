import { type Denial, deny, describeAction, type SreAction, type SreRemediation } from "@sre-agent/crds";
import { unavailable } from "../facts/facts.ts";
import { allowingAction } from "./allowing-action.ts";
import type { Guard } from "./guard.ts";

/** An SreAction allows this type on this target within its bounds, and it is the one the proposal was made under. */
export const actionAllowed: Guard = (action, facts) => {
  if (!facts.actions.known) return unavailable("the SreActions", facts.actions);
  if (!facts.target.known) return unavailable("the target", facts.target);
  if (!facts.history.known) return unavailable("the target's revisions", facts.history);
  const changed = facts.record ? actionChanged(facts.record, facts.actions.value) : null;
  if (changed) return changed;
  if (allowingAction(action, facts)) return null;
  const names = facts.actions.value.map(({ metadata }) => metadata.name).slice(0, 16);
  const looked = names.length === 0 ? "there is none" : `of ${names.join(", ")} none does`;
  return deny("ACTION_NOT_ALLOWED", `No SreAction allows to ${describeAction(action)}: ${looked}.`);
};

/** The denial when the SreAction that `record` was proposed under is gone, or not as it was. */
export function actionChanged({ spec }: SreRemediation, actions: readonly SreAction[]): Denial | null {
  const { name, uid, generation } = spec.authority.actionRef;
  const now = actions.find(({ metadata }) => metadata.name === name)?.metadata;
  return now?.uid === uid && now.generation === generation
    ? null
    : deny("ACTION_CHANGED", `SreAction ${name} is not the one the proposal was made under.`);
}
