import type { Outcome, Timing } from "../incidents/incident.ts";
import { plannedEnd, type Run } from "./container-run.ts";

type Phase =
  | "creating"
  | "pullError"
  | "pullBackOff"
  | "configError"
  | "running"
  | "terminated"
  | "crashBackOff"
  | "done";

/** Where one container of one pod is on its way. */
export interface ContainerTrack {
  readonly name: string;
  readonly image: string;
  readonly phase: Phase;
  /** When it moves on; Infinity: never by itself. */
  readonly nextAtMs: number;
  readonly restarts: number;
  readonly ready: boolean;
  /** The run that is shown as its state. */
  readonly run?: Run;
  /** The run before, shown as lastState. */
  readonly last?: Run;
  readonly message?: string;
}

/** What a move may use; the effects are events. */
export interface Tools {
  readonly timing: Timing;
  /** When a ConfigMap beside the pod was created; undefined while there is none. */
  configMapSince(name: string): number | undefined;
  readonly restartPolicy: string;
  outcome(): Outcome;
  runId(): string;
  emit(type: "Normal" | "Warning", reason: string, message: string): void;
  /** `pod_namespace(uid)`, as the node names it in its messages. */
  readonly podName: string;
}

/** Moves a container on by one step, at the time it was waiting for. */
export function advance(track: ContainerTrack, tools: Tools): ContainerTrack {
  switch (track.phase) {
    case "pullError":
      return backOffPull(track, tools);
    case "running":
      return runOn(track, tools);
    case "terminated":
      return restartOrBackOff(track, tools);
    case "crashBackOff":
      return attempt({ ...track, restarts: track.restarts + 1 }, tools);
    case "done":
      return { ...track, nextAtMs: Number.POSITIVE_INFINITY };
    default:
      return attempt(track, tools);
  }
}

function attempt(track: ContainerTrack, tools: Tools): ContainerTrack {
  const outcome = tools.outcome();
  if (outcome.kind === "pullFails") return failPull(track, outcome.message, tools);
  tools.emit("Normal", "Pulled", `Container image "${track.image}" already present on machine`);
  return outcome.kind === "configError" ? failConfig(track, outcome.message, tools) : start(track, outcome, tools);
}

function failPull(track: ContainerTrack, message: string, { emit, timing }: Tools): ContainerTrack {
  emit("Normal", "Pulling", `Pulling image "${track.image}"`);
  emit("Warning", "Failed", `Failed to pull image "${track.image}": ${message}`);
  emit("Warning", "Failed", "Error: ErrImagePull");
  return { ...track, phase: "pullError", message, nextAtMs: track.nextAtMs + timing.createMs };
}

function backOffPull(track: ContainerTrack, { emit, timing }: Tools): ContainerTrack {
  emit("Normal", "BackOff", `Back-off pulling image "${track.image}"`);
  emit("Warning", "Failed", "Error: ImagePullBackOff");
  return { ...track, phase: "pullBackOff", nextAtMs: track.nextAtMs + timing.pullRetryMs };
}

function failConfig(track: ContainerTrack, message: string, { emit, timing }: Tools): ContainerTrack {
  emit("Warning", "Failed", `Error: ${message}`);
  return { ...track, phase: "configError", message, nextAtMs: track.nextAtMs + timing.pullRetryMs };
}

function start(track: ContainerTrack, outcome: Outcome, tools: Tools): ContainerTrack {
  tools.emit("Normal", "Created", `Created container: ${track.name}`);
  tools.emit("Normal", "Started", `Started container ${track.name}`);
  const run: Run = { id: tools.runId(), startedAtMs: track.nextAtMs, outcome };
  const { message: _, ...rest } = track;
  const end = plannedEnd(run)?.atMs ?? Number.POSITIVE_INFINITY;
  const nextAtMs = Math.min(track.nextAtMs + tools.timing.readyMs, end);
  return { ...rest, ...pastRestarts(track, run), phase: "running", ready: false, run, nextAtMs };
}

/** Restarts of before the incident, told once. */
function pastRestarts(track: ContainerTrack, { outcome, startedAtMs }: Run): Partial<ContainerTrack> {
  if (outcome.kind !== "runs" || outcome.restarts === undefined || track.restarts > 0) return {};
  const { count, agoMs, exitCode, reason } = outcome.restarts;
  const atMs = startedAtMs - agoMs;
  const last: Run = { id: "before", startedAtMs: atMs - 60_000, outcome, end: { atMs, exitCode, reason } };
  return { restarts: count, last };
}

function runOn(track: ContainerTrack, tools: Tools): ContainerTrack {
  const { run, nextAtMs } = track;
  const end = run && plannedEnd(run);
  if (run === undefined || end === undefined) return serve(track, tools);
  if (nextAtMs < end.atMs) return { ...track, ready: true, nextAtMs: end.atMs };
  const isFinal = tools.restartPolicy === "Never" || (tools.restartPolicy === "OnFailure" && end.exitCode === 0);
  const next = isFinal ? Number.POSITIVE_INFINITY : nextAtMs + tools.timing.restartMs;
  return { ...track, phase: isFinal ? "done" : "terminated", ready: false, run: { ...run, end }, nextAtMs: next };
}

/** What is under way when the ConfigMap appears still succeeds. */
const DRAIN_MS = 3_000;
/** How often it is looked whether a container hangs by now. */
const LOOK_MS = 200;

/** Ready, until it hangs: what started before the ConfigMap appeared answers no probe from then on. */
function serve(track: ContainerTrack, { configMapSince, emit }: Tools): ContainerTrack {
  const { run, nextAtMs } = track;
  const name = run?.outcome.kind === "runs" ? run.outcome.hangsWith : undefined;
  if (run === undefined || name === undefined) return { ...track, ready: true, nextAtMs: Number.POSITIVE_INFINITY };
  const since = configMapSince(name);
  const drained = since !== undefined && nextAtMs >= since + DRAIN_MS;
  if (since === undefined || !drained) return { ...track, ready: true, nextAtMs: nextAtMs + LOOK_MS };
  // Creation times have whole seconds.
  if (run.startedAtMs >= since + 1_000) return { ...track, ready: true, nextAtMs: Number.POSITIVE_INFINITY };
  emit("Warning", "Unhealthy", "Readiness probe failed: command timed out: no answer within 1s");
  return { ...track, ready: false, nextAtMs: Number.POSITIVE_INFINITY };
}

/** The first restart is immediate, every later one waits. */
function restartOrBackOff(track: ContainerTrack, tools: Tools): ContainerTrack {
  const { run, ...rest } = track;
  const ended = run === undefined ? {} : { last: run };
  if (track.restarts === 0) return attempt({ ...rest, ...ended, restarts: 1 }, tools);
  tools.emit("Warning", "BackOff", `Back-off restarting failed container ${track.name} in pod ${tools.podName}`);
  const { backoffMs, maxBackoffMs } = tools.timing;
  const wait = Math.min(maxBackoffMs, backoffMs * 2 ** (track.restarts - 1));
  return { ...rest, ...ended, phase: "crashBackOff", nextAtMs: track.nextAtMs + wait };
}
