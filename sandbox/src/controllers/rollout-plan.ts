import { numberOf, recordOf, textOf, valueAt } from "../json.ts";
import type { KubeObject } from "../object.ts";

/** One ReplicaSet and the number of replicas that it gets. */
export interface Scaling {
  readonly replicaSet: KubeObject;
  readonly to: number;
}

export function isRecreate(deployment: KubeObject): boolean {
  return valueAt(deployment, ["spec", "strategy", "type"]) === "Recreate";
}

/** The next moves of a rolling update: up within maxSurge, and down as far as minAvailable holds. */
export function plan(deployment: KubeObject, current: KubeObject, others: readonly KubeObject[]): readonly Scaling[] {
  const up = scaleUp(deployment, current, others);
  return up.to === wanted(current) ? scaleDown(deployment, current, others) : [up];
}

function wanted(object: KubeObject): number {
  return numberOf(object.spec?.["replicas"]);
}

function available(replicaSet: KubeObject): number {
  return numberOf(replicaSet.status?.["availableReplicas"]);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function scaleUp(deployment: KubeObject, current: KubeObject, others: readonly KubeObject[]): Scaling {
  const replicas = wanted(deployment);
  if (wanted(current) >= replicas) return { replicaSet: current, to: replicas };
  const room = replicas + surge(deployment) - sum([current, ...others].map(wanted));
  return { replicaSet: current, to: Math.min(replicas, wanted(current) + Math.max(0, room)) };
}

/** Pods of old ReplicaSets that are not available go first: they serve nobody. */
function scaleDown(deployment: KubeObject, current: KubeObject, others: readonly KubeObject[]): readonly Scaling[] {
  const minAvailable = wanted(deployment) - unavailable(deployment);
  const newUnavailable = wanted(current) - available(current);
  const surplus = sum([current, ...others].map(wanted)) - minAvailable - newUnavailable;
  const cleaned = takeFrom(others, Math.max(0, surplus), (each) => wanted(each) - available(each));
  const after = new Map(cleaned.map(({ replicaSet, to }) => [replicaSet, to]));
  const spare = sum([current, ...others].map(available)) - minAvailable;
  const rest = takeFrom(others, Math.max(0, spare), (each) =>
    Math.min(after.get(each) ?? wanted(each), available(each)),
  );
  const taken = new Map(rest.map(({ replicaSet, to }) => [replicaSet, wanted(replicaSet) - to]));
  return others.map((replicaSet) => ({
    replicaSet,
    to: Math.max(0, (after.get(replicaSet) ?? wanted(replicaSet)) - (taken.get(replicaSet) ?? 0)),
  }));
}

function takeFrom(
  replicaSets: readonly KubeObject[],
  count: number,
  takeable: (replicaSet: KubeObject) => number,
): readonly Scaling[] {
  let left = count;
  return replicaSets.map((replicaSet) => {
    const taken = Math.max(0, Math.min(left, takeable(replicaSet)));
    left -= taken;
    return { replicaSet, to: wanted(replicaSet) - taken };
  });
}

function surge(deployment: KubeObject): number {
  return resolved(rollingUpdate(deployment)["maxSurge"], wanted(deployment), Math.ceil);
}

/** Both bounds at zero would never move: then one pod may be missing. */
export function unavailable(deployment: KubeObject): number {
  if (isRecreate(deployment)) return wanted(deployment);
  const bound = resolved(rollingUpdate(deployment)["maxUnavailable"], wanted(deployment), Math.floor);
  return bound === 0 && surge(deployment) === 0 ? 1 : Math.min(bound, wanted(deployment));
}

function rollingUpdate(deployment: KubeObject) {
  return recordOf(valueAt(deployment, ["spec", "strategy", "rollingUpdate"]));
}

function resolved(value: unknown, total: number, round: (value: number) => number): number {
  const percent = /^(\d+)%$/.exec(textOf(value))?.[1];
  return percent === undefined ? numberOf(value) : round((Number(percent) / 100) * total);
}
