import { type Draft, fromControlPlane } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { numberAt, textAt, valueAt } from "../../snapshot/json.ts";
import { ageMs, containerStates, isReady } from "../../snapshot/pod-state.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { type Backing, backingsOf } from "./backing.ts";
import { serviceFinding } from "./service-finding.ts";

/** Services that select the right pods, of which none is ready: a symptom of whatever ails those, and its way to clients. */
export function serviceUnready(index: SnapshotIndex): readonly Draft[] {
  return backingsOf(index)
    .filter(({ service }) => valueAt(service, "spec", "publishNotReadyAddresses") !== true)
    .filter((backing) => isDown(index, backing))
    .map((backing) => unreadyFinding(index, backing));
}

/** Longer than any ordinary start. */
const PATIENCE_MS = 120_000;

function isDown(index: SnapshotIndex, { pods, workloads }: Backing): boolean {
  if (pods.length === 0) return workloads.length > 0 && workloads.every((workload) => makesNone(index, workload));
  return !pods.some(isReady);
}

/** Past an ordinary start; before, it only shows the way from a cause to what suffers from it. */
function isOverdue(index: SnapshotIndex, pods: readonly SnapshotObject[]): boolean {
  if (pods.length === 0) return true;
  return pods.some((pod) => isOlder(index, pod) || containerStates(pod).some(({ restarts }) => restarts > 0));
}

/** Asked for pods, and has had none for long. */
function makesNone(index: SnapshotIndex, workload: SnapshotObject): boolean {
  const wanted = numberAt(workload, "spec", "replicas") ?? (workload.kind === "DaemonSet" ? 0 : 1);
  return wanted > 0 && index.knows("Pod") && isOlder(index, workload);
}

function isOlder(index: SnapshotIndex, { metadata }: SnapshotObject): boolean {
  return (ageMs(index.nowMs, metadata.creationTimestamp) ?? 0) > PATIENCE_MS;
}

function unreadyFinding(index: SnapshotIndex, { service, pods, workloads }: Backing): Draft {
  const who = workloads.map(({ kind, metadata }) => `${kind}/${metadata.name}`).join(", ");
  const state = pods.length === 0 ? `${who} has no pods` : `of ${pods.length} pods of ${who} none is ready`;
  const nodes = pods.flatMap((pod) => index.byName("Node", undefined, textAt(pod, "spec", "nodeName") ?? "") ?? []);
  return serviceFinding(index, service, {
    analyzer: "service-unready",
    causeKey: ["unready"],
    severity: isOverdue(index, pods) ? "error" : "info",
    cause: `Service/${service.metadata.name} has no ready endpoint: ${state}`,
    symptom: "has no ready endpoint",
    restsOn: [...workloads, ...pods, ...nodes],
    evidence: pods.slice(0, 5).map((pod) => fromControlPlane(pod, "status.conditions[Ready].status", "False")),
    fix: decision(`find out why the pods of ${who} are not ready`),
  });
}
