import { numberAt, objectAt, objectsAt, textAt, textsAt } from "./json.ts";
import type { SnapshotObject } from "./snapshot.ts";

export interface Termination {
  readonly exitCode: number;
  readonly reason: string;
  readonly message: string;
  readonly finishedAt: string | undefined;
  readonly startedAt: string | undefined;
}

/** One container's state as its kubelet reports it. */
export interface ContainerState {
  readonly name: string;
  readonly init: boolean;
  readonly ready: boolean;
  /** Its startup probe, where it has one, has not succeeded yet: the other probes are not asked. */
  readonly starting: boolean;
  readonly restarts: number;
  readonly running: boolean;
  /** Has ended and is not started again yet. */
  readonly ended: boolean;
  readonly startedAt: string | undefined;
  readonly waiting: { readonly reason: string; readonly message: string } | undefined;
  /** The present termination, else that of the run before. */
  readonly termination: Termination | undefined;
  /** `state.terminated` or `lastState.terminated`: where `termination` stands. */
  readonly terminationPath: string;
}

/** Dozens of analyzers ask for the states of each of thousands of pods. */
const knownStates = new WeakMap<SnapshotObject, readonly ContainerState[]>();

export function containerStates(pod: SnapshotObject): readonly ContainerState[] {
  const known = knownStates.get(pod);
  if (known !== undefined) return known;
  const states = [
    ...objectsAt(pod, "status", "initContainerStatuses").map((status) => stateOf(status, true)),
    ...objectsAt(pod, "status", "containerStatuses").map((status) => stateOf(status, false)),
  ];
  knownStates.set(pod, states);
  return states;
}

function stateOf(status: unknown, init: boolean): ContainerState {
  const name = textAt(status, "name") ?? "";
  const waiting = objectAt(status, "state", "waiting");
  const present = terminationOf(objectAt(status, "state", "terminated"));
  const list = init ? "initContainerStatuses" : "containerStatuses";
  return {
    name,
    init,
    ready: objectAt(status)["ready"] === true,
    starting: objectAt(status)["started"] === false,
    restarts: numberAt(status, "restartCount") ?? 0,
    running: textAt(status, "state", "running", "startedAt") !== undefined,
    ended: present !== undefined,
    startedAt: textAt(status, "state", "running", "startedAt"),
    waiting: waiting["reason"]
      ? { reason: textAt(waiting, "reason") ?? "", message: textAt(waiting, "message") ?? "" }
      : undefined,
    termination: present ?? terminationOf(objectAt(status, "lastState", "terminated")),
    terminationPath: `status.${list}[${name}].${present ? "state" : "lastState"}.terminated`,
  };
}

function terminationOf(terminated: unknown): Termination | undefined {
  const exitCode = numberAt(terminated, "exitCode");
  if (exitCode === undefined) return undefined;
  return {
    exitCode,
    reason: textAt(terminated, "reason") ?? "",
    message: textAt(terminated, "message") ?? "",
    finishedAt: textAt(terminated, "finishedAt"),
    startedAt: textAt(terminated, "startedAt"),
  };
}

/** A container of the pod's spec; an empty object when the spec has none of that name. */
export function containerSpec(pod: SnapshotObject, name: string) {
  const containers = [...objectsAt(pod, "spec", "initContainers"), ...objectsAt(pod, "spec", "containers")];
  return containers.find((container) => container["name"] === name) ?? {};
}

/** A native sidecar: an init container that runs on beside the others, with probes as they have. */
export function isSidecar(pod: SnapshotObject, { init, name }: Pick<ContainerState, "init" | "name">): boolean {
  return init && containerSpec(pod, name)["restartPolicy"] === "Always";
}

/** What a container is told to run: its command, then its arguments. */
export function commandOf(container: unknown): readonly string[] {
  return [...textsAt(container, "command"), ...textsAt(container, "args")];
}

export function condition(object: SnapshotObject, type: string) {
  return objectsAt(object, "status", "conditions").find((item) => item["type"] === type);
}

/** As `knownStates`. */
const knownReady = new WeakMap<SnapshotObject, boolean>();

export function isReady(pod: SnapshotObject): boolean {
  const known = knownReady.get(pod);
  if (known !== undefined) return known;
  const ready = textAt(condition(pod, "Ready"), "status") === "True";
  knownReady.set(pod, ready);
  return ready;
}

/** Times of the API have whole seconds. */
const SERVED_MS = 1_000;

/** The Ready condition changed long after the container had started: it has been true between. */
export function hasServed(pod: SnapshotObject, { startedAt }: Pick<ContainerState, "startedAt">): boolean {
  const lost = Date.parse(textAt(condition(pod, "Ready"), "lastTransitionTime") ?? "");
  return lost - Date.parse(startedAt ?? "") > SERVED_MS;
}

export function phaseOf(pod: SnapshotObject): string {
  return textAt(pod, "status", "phase") ?? "Unknown";
}

/** Neither finished nor being deleted: the pods whose state is the workload's state. */
export function isLive(pod: SnapshotObject): boolean {
  return pod.metadata.deletionTimestamp === undefined && !["Succeeded", "Failed"].includes(phaseOf(pod));
}

/** Milliseconds since `time`; undefined when it is absent or no time. */
export function ageMs(nowMs: number, time: string | undefined): number | undefined {
  const at = Date.parse(time ?? "");
  return Number.isNaN(at) ? undefined : nowMs - at;
}
