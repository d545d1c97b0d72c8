import type { SnapshotIndex } from "./snapshot/index-snapshot.ts";
import { numberAt } from "./snapshot/json.ts";
import { containerStates, isLive, isReady } from "./snapshot/pod-state.ts";
import type { SnapshotObject } from "./snapshot/snapshot.ts";

/** How unwell a workload is by its status alone: 0 is healthy, higher is worse; comparable before and after a change. */
export interface WorkloadHealth {
  readonly severity: number;
  readonly ready: number;
  readonly desired: number;
  readonly message: string;
}

interface Counts {
  readonly desired: number;
  readonly ready: number;
  readonly updated: number;
  readonly total: number;
  readonly observed: boolean;
}

const WEIGHT = { missing: 100, crashing: 20, notReady: 10, outdated: 5, surplus: 1, unobserved: 1 } as const;
const MAX_SEVERITY = 1_000_000;
/** Kinds that count replicas; of others, such as Pod and Job, the live pods are what is desired. */
const REPLICATED = new Set(["Deployment", "ReplicaSet", "StatefulSet"]);
const STUCK = new Set([
  "CrashLoopBackOff",
  "ImagePullBackOff",
  "ErrImagePull",
  "InvalidImageName",
  "ErrImageNeverPull",
  "CreateContainerConfigError",
  "CreateContainerError",
  "RunContainerError",
]);

/**
 * Reads status only, never logs. Severity 0 means that the rollout is complete: the generation is observed, updated and
 * available pods are as many as desired, none of an older revision is left, and no pod crashes.
 */
export function health(index: SnapshotIndex, workload: SnapshotObject): WorkloadHealth {
  const pods = workload.kind === "Pod" ? [workload] : index.podsOf(workload);
  const live = pods.filter(isLive);
  const counts = countsOf(workload, live);
  const crashing = live.filter(isStuck).length;
  const notReady = live.filter((pod) => !isReady(pod)).length;
  const parts: readonly (readonly [number, number, string])[] = [
    [Math.max(0, counts.desired - counts.ready), WEIGHT.missing, "not available"],
    [crashing, WEIGHT.crashing, "crash-looping or unable to start"],
    [counts.desired === 0 ? 0 : notReady, WEIGHT.notReady, "not ready"],
    [Math.max(0, counts.desired - counts.updated), WEIGHT.outdated, "not updated"],
    [Math.max(0, counts.total - counts.updated), WEIGHT.surplus, "of an older revision"],
    [counts.observed ? 0 : 1, WEIGHT.unobserved, "generation not observed yet"],
  ];
  const severity = parts.reduce((sum, [count, weight]) => sum + count * weight, 0);
  const words = parts.filter(([count]) => count > 0).map(([count, , what]) => `${count} ${what}`);
  return {
    severity: Math.min(severity, MAX_SEVERITY),
    ready: counts.ready,
    desired: counts.desired,
    message: `${counts.ready} of ${counts.desired} available${words.length > 0 ? `: ${words.join(", ")}` : ""}`,
  };
}

function isStuck(pod: SnapshotObject): boolean {
  return containerStates(pod).some(
    ({ waiting, termination, ready, init }) =>
      STUCK.has(waiting?.reason ?? "") ||
      (!ready && !init && waiting === undefined && (termination?.exitCode ?? 0) !== 0),
  );
}

function countsOf(workload: SnapshotObject, live: readonly SnapshotObject[]): Counts {
  if (workload.kind === "DaemonSet") return daemonSetCounts(workload);
  if (REPLICATED.has(workload.kind)) return replicaCounts(workload);
  const ready = live.filter(isReady).length;
  return { desired: live.length, ready, updated: live.length, total: live.length, observed: true };
}

function daemonSetCounts(workload: SnapshotObject): Counts {
  const status = (name: string) => numberAt(workload, "status", name) ?? 0;
  return {
    desired: status("desiredNumberScheduled"),
    ready: status("numberAvailable"),
    updated: status("updatedNumberScheduled"),
    total: status("currentNumberScheduled"),
    observed: isObserved(workload),
  };
}

function replicaCounts(workload: SnapshotObject): Counts {
  const status = (name: string) => numberAt(workload, "status", name) ?? 0;
  const tracksUpdates = workload.kind === "Deployment" || workload.kind === "StatefulSet";
  return {
    desired: numberAt(workload, "spec", "replicas") ?? 1,
    ready: status("availableReplicas"),
    updated: status(tracksUpdates ? "updatedReplicas" : "replicas"),
    total: status("replicas"),
    observed: isObserved(workload),
  };
}

/** The controller has acted on the newest spec. */
export function isObserved(workload: SnapshotObject): boolean {
  return (numberAt(workload, "status", "observedGeneration") ?? 0) >= (workload.metadata.generation ?? 0);
}

/** A workload of which nothing is ready is an outage. */
export function outageSeverity(index: SnapshotIndex, workload: SnapshotObject): "critical" | "error" {
  return health(index, workload).ready === 0 ? "critical" : "error";
}
