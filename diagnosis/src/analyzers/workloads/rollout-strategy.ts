import { revisionsOf } from "../../changes/changes-of.ts";
import { type Draft, draft, fromControlPlane, fromTenant } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import { health, isObserved } from "../../health.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { numberAt, textAt, valueAt } from "../../snapshot/json.ts";
import { ageMs, containerStates } from "../../snapshot/pod-state.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** Rollouts whose strategy took every pod away at once, so that a release that does not start is an outage. */
export function rolloutStrategy(index: SnapshotIndex): readonly Draft[] {
  return index
    .ofKind("Deployment")
    .filter((deployment) => isOutage(index, deployment))
    .map((deployment) => strategyFinding(index, deployment));
}

function isOutage(index: SnapshotIndex, deployment: SnapshotObject): boolean {
  const { ready, desired } = health(index, deployment);
  const revisions = revisionsOf(index, deployment);
  return (
    isObserved(deployment) && ready === 0 && desired > 1 && revisions.length > 1 && allowsNone(deployment, desired)
  );
}

function allowsNone(deployment: SnapshotObject, desired: number): boolean {
  const type = textAt(deployment, "spec", "strategy", "type") ?? "RollingUpdate";
  const limit = valueAt(deployment, "spec", "strategy", "rollingUpdate", "maxUnavailable");
  return type === "RollingUpdate" && countOf(limit, desired) >= desired;
}

/** A number, or a percentage of `desired`, rounded down as for maxUnavailable. */
function countOf(value: unknown, desired: number): number {
  if (typeof value === "number") return value;
  const [, percent] = /^(\d+)%$/.exec(typeof value === "string" ? value : "25%") ?? [];
  return Math.floor((Number(percent ?? 25) * desired) / 100);
}

/** As long as this, the new pods may only be starting. */
const PATIENCE_MS = 60_000;

function strategyFinding(index: SnapshotIndex, deployment: SnapshotObject): Draft {
  const path = "spec.strategy.rollingUpdate.maxUnavailable";
  const value = valueAt(deployment, "spec", "strategy", "rollingUpdate", "maxUnavailable");
  const replicas = numberAt(deployment, "spec", "replicas") ?? 1;
  const [newest, before] = revisionsOf(index, deployment).toReversed();
  const pods = newest?.pods ?? [];
  const awaited = pods.map(awaitedBy).find((each) => each !== undefined);
  const overdue = pods.some((pod) => (ageMs(index.nowMs, pod.metadata.creationTimestamp) ?? 0) > PATIENCE_MS);
  const waits = awaited === undefined ? "" : `; they wait for ${awaited.words}`;
  return draft({
    analyzer: "rollout-strategy",
    layer: "apart",
    severity: overdue ? "error" : "warning",
    subject: deployment,
    causeKey: ["max-unavailable"],
    cause: `${path} ${JSON.stringify(value)} let the rollout of Deployment ${deployment.metadata.name} remove all ${replicas} old pods before a new one was ready: nothing serves while the new ones do not start${waits}`,
    symptom: "the rollout removed every pod at once",
    evidence: [
      fromTenant(deployment, path, JSON.stringify(value)),
      fromControlPlane(deployment, "status.availableReplicas", "0"),
      ...(awaited ? [fromControlPlane(awaited.pod, awaited.path, awaited.value)] : []),
    ],
    fix: decision(
      `roll back to revision ${before?.number}, or repair ${awaited?.words ?? "what keeps the new pods from starting"}; and set ${path} to 25%, so that the next release that does not start leaves old pods serving: neither alone is enough`,
    ),
  });
}

interface Awaited {
  readonly pod: SnapshotObject;
  readonly words: string;
  readonly path: string;
  readonly value: string;
}

/** The container that a pod waits for: the first init container that has not ended well, else the first that is not ready. */
function awaitedBy(pod: SnapshotObject): Awaited | undefined {
  const states = containerStates(pod);
  const state = states.find(({ init, ready }) => init && !ready) ?? states.find(({ init, ready }) => !init && !ready);
  if (state === undefined) return undefined;
  const list = state.init ? "initContainerStatuses" : "containerStatuses";
  return {
    pod,
    words: `${state.init ? "init container" : "container"} ${state.name}`,
    path: `status.${list}[${state.name}].ready`,
    value: "false",
  };
}
