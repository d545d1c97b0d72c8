import { deny, describeAction } from "@sre-agent/crds";
import { unavailable } from "../facts/facts.ts";
import { allowingAction } from "./allowing-action.ts";
import type { Guard } from "./guard.ts";

/** An SreAction allows this type on this target within its bounds, and it is the one the proposal was made under. */
export const actionAllowed: Guard = (action, facts) => {
  if (!facts.actions.known) return unavailable("the SreActions", facts.actions);
  if (!facts.target.known) return unavailable("the target", facts.target);
  if (!facts.history.known) return unavailable("the target's revisions", facts.history);
  if (facts.record) {
    const { actionRef } = facts.record.spec.authority;
    const now = facts.actions.value.find(({ metadata }) => metadata.name === actionRef.name)?.metadata;
    if (now?.uid !== actionRef.uid || now.generation !== actionRef.generation) {
      return deny("ACTION_CHANGED", `SreAction ${actionRef.name} is not the one the proposal was made under.`);
    }
  }
  if (allowingAction(action, facts)) return null;
  const names = facts.actions.value.map(({ metadata }) => metadata.name).slice(0, 16);
  const looked = names.length === 0 ? "there is none" : `of ${names.join(", ")} none does`;
  return deny("ACTION_NOT_ALLOWED", `No SreAction allows to ${describeAction(action)}: ${looked}.`);
};
