import { troublesOf } from "./analyzers/pods/container-trouble.ts";
import { indexSnapshot, type SnapshotIndex } from "./snapshot/index-snapshot.ts";
import { type ContainerState, containerStates, isLive, isReady } from "./snapshot/pod-state.ts";
import type { LogRequest, Snapshot, SnapshotObject } from "./snapshot/snapshot.ts";

const MAX_LOGS = 40;
const PODS_PER_TROUBLE = 2;

/**
 * At most 40 logs that make the diagnosis sharper, the most telling first: the last run of ended containers (one pod of
 * each workload first), pods that are not ready or have failed, and, where one namespace is looked at, one healthy pod of
 * each workload, since a program may say what its state does not show.
 */
export function logsWanted(snapshot: Snapshot): readonly LogRequest[] {
  const index = indexSnapshot(snapshot);
  const requests = [
    ...ofTroubles(index),
    ...ofUnready(index),
    ...(snapshot.namespaces.length === 1 ? ofRunning(index) : []),
  ];
  const unique = new Map(requests.map((request) => [JSON.stringify(request), request]));
  return [...unique.values()].slice(0, MAX_LOGS);
}

function ofTroubles(index: SnapshotIndex): readonly LogRequest[] {
  const troubles = troublesOf(index).filter(({ className }) => className === "crash");
  return Array.from({ length: PODS_PER_TROUBLE }, (_, round) =>
    troubles.flatMap(({ pod, pods, container }) => {
      const candidate = [pod, ...pods.filter((other) => other !== pod)][round];
      return candidate ? [requestFor(candidate, container)] : [];
    }),
  ).flat();
}

/** The containers that keep a pod from being ready, or that ended a failed one; one pod of each workload. */
function ofUnready(index: SnapshotIndex): readonly LogRequest[] {
  return firstOfEach(index, (pod) => !isReady(pod) && pod.metadata.deletionTimestamp === undefined).flatMap((pod) =>
    containerStates(pod)
      .filter((state) => (state.running && !state.ready) || endedBadly(state))
      .map(({ name }) => requestFor(pod, name)),
  );
}

function endedBadly({ ended, termination }: ContainerState): boolean {
  return ended && (termination?.exitCode ?? 0) !== 0;
}

function ofRunning(index: SnapshotIndex): readonly LogRequest[] {
  return firstOfEach(index, (pod) => isLive(pod) && isReady(pod)).flatMap((pod) =>
    containerStates(pod)
      .filter(({ running, init }) => running && !init)
      .map(({ name }) => ({
        namespace: pod.metadata.namespace ?? "",
        pod: pod.metadata.name,
        container: name,
        previous: false,
      })),
  );
}

/** One pod of each workload that passes, the newest. */
function firstOfEach(index: SnapshotIndex, passes: (pod: SnapshotObject) => boolean): readonly SnapshotObject[] {
  const groups = Map.groupBy(index.ofKind("Pod").filter(passes), (pod) => index.rootOf(pod));
  return [...groups.values()].flatMap((pods) => {
    const newest = pods.toSorted((a, b) => (createdAt(a) < createdAt(b) ? -1 : 1)).at(-1);
    return newest ? [newest] : [];
  });
}

function createdAt({ metadata }: SnapshotObject): string {
  return metadata.creationTimestamp ?? "";
}

/** A container that stands ended has its last words in its present log; one that waits or runs again, in the previous one. */
function requestFor(pod: SnapshotObject, container: string): LogRequest {
  const state = containerStates(pod).find(({ name }) => name === container);
  const previous = (state?.restarts ?? 0) > 0 && !state?.ended;
  return { namespace: pod.metadata.namespace ?? "", pod: pod.metadata.name, container, previous };
}
