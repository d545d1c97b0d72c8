import { eventTime, latestEvent } from "../../snapshot/events.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textAt } from "../../snapshot/json.ts";
import { ageMs, type ContainerState, containerStates, isLive, isSidecar, phaseOf } from "../../snapshot/pod-state.ts";
import { isRecent } from "../../snapshot/recency.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** Why a container does not run; each is one analyzer's. */
type TroubleClass = "image" | "start" | "oom" | "crash";

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
const MANY_RESTARTS = 3;
/** Two kills by a probe of which the last was a moment ago are a series: ready is what such a container is in between. */
const SERIES = 2;
const RETRIES = 2;
const SETTLED_MS = 30_000;

/** The containers in trouble, grouped by workload, container and class. */
export function troublesOf(index: SnapshotIndex): readonly Trouble[] {
  const groups = new Map<string, Trouble>();
  for (const pod of index.ofKind("Pod").filter(isLive)) {
    for (const { state, className } of troubledIn(index, pod)) {
      const workload = index.rootOf(pod);
      const { kind, metadata } = workload;
      const key = [metadata.namespace, kind, metadata.name, state.name, className].join("/");
      groups.set(key, joined(groups.get(key), { workload, className, container: state.name, pod, state, pods: [pod] }));
    }
  }
  return [...groups.values()];
}

interface Troubled {
  readonly state: ContainerState;
  readonly className: TroubleClass;
}

function troubledIn(index: SnapshotIndex, pod: SnapshotObject): readonly Troubled[] {
  const states = containerStates(pod);
  const troubled = states.flatMap((state) => {
    const className = classOf(index, pod, state);
    return className ? [{ state, className }] : [];
  });
  if (troubled.length > 0) return troubled;
  // A volume that cannot be mounted, or a sandbox that cannot be made, holds up all containers of the pod: one of them stands for all.
  const [first] = states;
  return first && isHeldUp(index, pod, states) ? [{ state: first, className: "start" }] : [];
}

function isHeldUp(index: SnapshotIndex, pod: SnapshotObject, states: readonly ContainerState[]): boolean {
  const untouched = states.every(({ waiting, restarts }) => CREATING.has(waiting?.reason ?? "") && restarts === 0);
  if (!untouched || phaseOf(pod) !== "Pending") return false;
  const event = holdUp(index, pod);
  return event !== undefined && isRecent(index, eventTime(event), "retry");
}

/** What the kubelet said last about the volumes or the sandbox of a pod. */
export function holdUp(index: SnapshotIndex, pod: SnapshotObject): SnapshotObject | undefined {
  const events = ["FailedMount", "FailedCreatePodSandBox"].flatMap(
    (reason) => latestEvent(index, pod, { reason }) ?? [],
  );
  return events.sort((a, b) => (eventTime(a) < eventTime(b) ? -1 : 1)).at(-1);
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
    return isOver(index, pod, state) ? undefined : startClass(state);
  return endedClass(index, pod, state);
}

/** Memory may be gone before the process has begun: files in a tmpfs outlive the container that wrote them. */
function startClass({ waiting, termination }: ContainerState): TroubleClass {
  return /OOM-killed/.test(`${waiting?.message} ${termination?.message}`) ? "oom" : "start";
}

function endedClass(index: SnapshotIndex, pod: SnapshotObject, state: ContainerState): TroubleClass | undefined {
  const { termination } = state;
  if (termination === undefined || endedWell(pod, state) || isOver(index, pod, state)) return undefined;
  if (isRetried(pod, state) || endedLast(pod, state)) return undefined;
  return termination.reason === "OOMKilled" ? "oom" : "crash";
}

/** The pod of a Job that still has its retries: one bad end is what they are for. */
function isRetried(pod: SnapshotObject, { restarts, init }: ContainerState): boolean {
  const ofJob = pod.metadata.ownerReferences?.some(({ kind }) => kind === "Job") ?? false;
  return ofJob && !init && restarts < RETRIES;
}

/** A sidecar is stopped when the work beside it is done, by whatever code it ends then. */
function endedLast(pod: SnapshotObject, state: ContainerState): boolean {
  const work = containerStates(pod).filter(({ init }) => !init);
  return (
    isSidecar(pod, state) &&
    work.length > 0 &&
    work.every(({ ended, termination }) => ended && termination?.exitCode === 0)
  );
}

/** Init containers and those of pods that may finish are meant to end with 0. */
function endedWell(pod: SnapshotObject, state: ContainerState): boolean {
  const { init, termination, waiting } = state;
  const mayFinish = (init && !isSidecar(pod, state)) || textAt(pod, "spec", "restartPolicy") !== "Always";
  return termination?.exitCode === 0 && mayFinish && waiting?.reason !== "CrashLoopBackOff";
}

function wasKilled(index: SnapshotIndex, pod: SnapshotObject): boolean {
  return latestEvent(index, pod, { reason: "Killing", matching: /failed (liveness|startup) probe/ }) !== undefined;
}

/** Runs again: a first restart, or one long ago, is no trouble any more. */
function isOver(index: SnapshotIndex, pod: SnapshotObject, state: ContainerState): boolean {
  if (!state.running) return false;
  const ended = state.termination?.finishedAt;
  if (!isRecent(index, ended, "backOff")) return state.ready || state.restarts < MANY_RESTARTS;
  if (isRecent(index, ended, "restart") && state.restarts >= SERIES && wasKilled(index, pod)) return false;
  // Between its first crash and the next one a container runs for a moment: until it is ready, nothing is over.
  return state.ready && (state.restarts < MANY_RESTARTS || hasSettled(index, pod, state));
}

/** The present run outlasts by far the one before, and what it took from crash to crash: what stopped it is overcome. */
function hasSettled(index: SnapshotIndex, pod: SnapshotObject, { startedAt, termination, restarts }: ContainerState) {
  const runsFor = ageMs(index.nowMs, startedAt) ?? 0;
  const ended = Date.parse(termination?.finishedAt ?? "");
  const lasted = ageMs(ended, termination?.startedAt) ?? Number.NaN;
  const fromCrashToCrash = (ageMs(ended, pod.metadata.creationTimestamp) ?? Number.NaN) / restarts;
  return runsFor > SETTLED_MS && runsFor > 2 * lasted && runsFor > fromCrashToCrash;
}
