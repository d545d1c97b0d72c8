import { type Denial, deny, type Mode, reaches, type SrePolicy, type SreRemediation } from "@sre-agent/crds";
import type { Facts } from "../facts/facts.ts";
import type { Guard } from "./guard.ts";
import { modeUnder, standingCeilings } from "./mode.ts";

const NEEDED: Record<Facts["stage"], Mode> = { propose: "observe", execute: "approve" };

/** The mode reaches what this stage does, under the policy that the proposal was made under. */
export const modeAllows: Guard = (action, facts) => {
  const ceilings = standingCeilings(action, facts);
  if ("code" in ceilings) return ceilings;
  const { mode, by } = modeUnder(ceilings, facts);
  const needed = NEEDED[facts.stage];
  if (!reaches(mode, needed)) {
    return deny("MODE_FORBIDS", `The mode is ${mode} (${by}); this needs at least ${needed}.`);
  }
  return policyUnchanged(facts);
};

function policyUnchanged({ record, policy }: Facts) {
  return record && policy.known ? policyChanged(record, policy.value) : null;
}

/** The denial when `policy` is not the one that `record` was proposed under. */
export function policyChanged({ spec }: SreRemediation, policy: SrePolicy | undefined): Denial | null {
  const { uid, generation } = spec.authority.policyRef;
  const now = policy?.metadata;
  return now?.uid === uid && now.generation === generation
    ? null
    : deny(
        "POLICY_CHANGED",
        `The SrePolicy is at generation ${now?.generation ?? "none"}, the proposal saw ${generation}.`,
      );
}
