import type { SnapshotIndex, SnapshotObject } from "@sre-agent/diagnosis";
import { quotas, webhooks } from "./admission.ts";
import { configuration, usedBy, volumes } from "./configuration.ts";
import { identity } from "./identity.ts";
import { owned, owners } from "./ownership.ts";
import type { Relate, Relation } from "./relation.ts";
import { autoscalers, scaleTarget } from "./scaling.ts";
import {
  backends,
  disruptionBudgets,
  endpoints,
  ingresses,
  networkPolicies,
  selectedPods,
  services,
} from "./traffic.ts";

/** Every relation that is looked at, in the order in which it is told. */
const RELATIONS: readonly Relate[] = [
  owners,
  owned,
  selectedPods,
  endpoints,
  services,
  ingresses,
  backends,
  networkPolicies,
  configuration,
  volumes,
  usedBy,
  identity,
  autoscalers,
  scaleTarget,
  disruptionBudgets,
  quotas,
  webhooks,
];

/** What an object stands in relation to, as far as it was read. Pure. */
export function relationsOf(index: SnapshotIndex, object: SnapshotObject): readonly Relation[] {
  return RELATIONS.flatMap((relate) => relate(index, object));
}
