import { latestEvent } from "../snapshot/events.ts";
import type { SnapshotIndex } from "../snapshot/index-snapshot.ts";
import { textAt } from "../snapshot/json.ts";
import { ageMs, type ContainerState, containerStates, isLive, phaseOf } from "../snapshot/pod-state.ts";
import type { SnapshotObject } from "../snapshot/snapshot.ts";

/** Why a container does not run; each is one analyzer's. */
export type TroubleClass = "image" | "start" | "oom" | "crash";

/** One container of one workload in trouble of one class, with all pods that show it. */
export interface Trouble {
  readonly workload: SnapshotObject;
  readonly className: TroubleClass;
  readonly container: string;
  /** The pod to quote: of the newest template, then first by name. */
  readonly pod: SnapshotObject;
  readonly state: ContainerState;
  readonly pods: readonly SnapshotObject[];
}

const IMAGE = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "InvalidImageName",
  "ErrImageNeverPull",
  "ImageInspectError",
]);
const START = new Set([
  "CreateContainerConfigError",
  "CreateContainerError",
  "RunContainerError",
  "StartError",
  "PreStartHookError",
  "PostStartHookError",
]);
const CREATING = new Set(["ContainerCreating", "PodInitializing"]);
const RECOVERED_MS = 10 * 60_000;
const MANY_RESTARTS = 3;

const cache = new WeakMap<SnapshotIndex, readonly Trouble[]>();

/** The containers in trouble, grouped by workload, container and class; computed once for an index. */
export function troublesOf(index: SnapshotIndex): readonly Trouble[] {
  const known = cache.get(index);
  if (known) return known;
  const troubles = grouped(index);
  cache.set(index, troubles);
  return troubles;
}

function grouped(index: SnapshotIndex): readonly Trouble[] {
  const groups = new Map<string, Trouble>();
  for (const pod of index.ofKind("Pod").filter(isLive)) {
    for (const state of containerStates(pod)) {
      const className = classOf(index, pod, state);
      if (className === undefined) continue;
      const workload = index.rootOf(pod);
      const { kind, metadata } = workload;
      const key = [metadata.namespace, kind, metadata.name, state.name, className].join("/");
      groups.set(key, joined(groups.get(key), { workload, className, container: state.name, pod, state, pods: [pod] }));
    }
  }
  return [...groups.values()];
}

function joined(group: Trouble | undefined, next: Trouble): Trouble {
  if (group === undefined) return next;
  const newer = (next.pod.metadata.creationTimestamp ?? "") > (group.pod.metadata.creationTimestamp ?? "");
  return { ...(newer ? next : group), pods: [...group.pods, next.pod] };
}

function classOf(index: SnapshotIndex, pod: SnapshotObject, state: ContainerState): TroubleClass | undefined {
  const reason = state.waiting?.reason ?? "";
  if (IMAGE.has(reason)) return "image";
  if (START.has(reason) || state.termination?.reason === "StartError")
    return isOver(index, state) ? undefined : "start";
  if (CREATING.has(reason))
    return latestEvent(index, pod, { reason: "FailedMount" }) && phaseOf(pod) === "Pending" ? "start" : undefined;
  return endedClass(index, pod, state);
}

function endedClass(index: SnapshotIndex, pod: SnapshotObject, state: ContainerState): TroubleClass | undefined {
  const { termination } = state;
  if (termination === undefined || endedWell(pod, state) || isOver(index, state)) return undefined;
  return termination.reason === "OOMKilled" ? "oom" : "crash";
}

/** Init containers and those of pods that may finish are meant to end with 0. */
function endedWell(pod: SnapshotObject, { init, termination, waiting }: ContainerState): boolean {
  const mayFinish = init || textAt(pod, "spec", "restartPolicy") !== "Always";
  return termination?.exitCode === 0 && mayFinish && waiting?.reason !== "CrashLoopBackOff";
}

/** Runs again: a first restart, or one long ago, is no trouble any more. */
function isOver(index: SnapshotIndex, state: ContainerState): boolean {
  if (!state.running) return false;
  const since = ageMs(index.nowMs, state.termination?.finishedAt) ?? Number.POSITIVE_INFINITY;
  if (since > RECOVERED_MS) return state.ready || state.restarts < MANY_RESTARTS;
  return state.ready ? state.restarts < MANY_RESTARTS : state.restarts < 2;
}
