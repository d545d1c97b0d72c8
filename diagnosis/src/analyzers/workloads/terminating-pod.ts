import { type Draft, draft, fromControlPlane, fromTenant, subjectOf } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import { outageSeverity } from "../../health.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { isRecord, numberAt, objectsAt, textAt, textsAt, valueAt } from "../../snapshot/json.ts";
import { ageMs, condition, containerStates, isLive } from "../../snapshot/pod-state.ts";
import { podSpecPath } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** Longer than connections usually take to drain. */
const PATIENCE_MS = 120_000;

/** Workloads that lack a pod because they wait for the end of an old one, which takes its long time. */
export function terminatingPod(index: SnapshotIndex): readonly Draft[] {
  const slow = index.ofKind("Pod").filter((pod) => endsSlowly(index, pod));
  const groups = Map.groupBy(slow, (pod) => index.rootOf(pod));
  return [...groups].flatMap(([workload, [pod]]) => (pod ? (waitFinding(index, workload, pod) ?? []) : []));
}

/** Within its grace period, on a node that answers; a finalizer is another matter. */
function endsSlowly(index: SnapshotIndex, pod: SnapshotObject): boolean {
  const left = -(ageMs(index.nowMs, pod.metadata.deletionTimestamp) ?? 0);
  const node = index.byName("Node", undefined, textAt(pod, "spec", "nodeName") ?? "");
  const reachable = node === undefined || textAt(condition(node, "Ready"), "status") === "True";
  const free = textsAt(pod.metadata, "finalizers").length === 0;
  return (
    left > 0 &&
    free &&
    reachable &&
    deletedFor(index, pod) > PATIENCE_MS &&
    containerStates(pod).some(({ running }) => running)
  );
}

/** The API sets deletionTimestamp to the end of the grace period. */
function deletedFor(index: SnapshotIndex, pod: SnapshotObject): number {
  const end = ageMs(index.nowMs, pod.metadata.deletionTimestamp) ?? 0;
  return end + 1000 * (numberAt(pod, "metadata", "deletionGracePeriodSeconds") ?? 0);
}

/** What makes the workload wait, as its field has it; other strategies make the new pod at once. */
function waitOf(workload: SnapshotObject): string | undefined {
  if (workload.kind === "StatefulSet") return "a StatefulSet makes a pod anew when the one of that name has ended";
  const recreate = workload.kind === "Deployment" && textAt(workload, "spec", "strategy", "type") === "Recreate";
  return recreate ? "spec.strategy.type Recreate makes new pods when the old ones have ended" : undefined;
}

function waitFinding(index: SnapshotIndex, workload: SnapshotObject, pod: SnapshotObject): Draft | undefined {
  const waits = waitOf(workload);
  const lacks = index.podsOf(workload).filter(isLive).length < (numberAt(workload, "spec", "replicas") ?? 1);
  const grace = numberAt(pod, "metadata", "deletionGracePeriodSeconds");
  if (waits === undefined || !lacks || workload.metadata.deletionTimestamp !== undefined) return undefined;
  const hooks = objectsAt(pod, "spec", "containers").filter((one) => isRecord(valueAt(one, "lifecycle", "preStop")));
  const spec = podSpecPath(workload);
  const [first] = hooks.map(({ name }) => `${spec}.containers[${String(name)}].lifecycle.preStop`);
  const what =
    first === undefined
      ? "its process does not end on SIGTERM"
      : `its hook ${first} has not ended, or its process does not`;
  const minutes = Math.round(deletedFor(index, pod) / 60_000);
  return draft({
    analyzer: "terminating-pod",
    layer: "creation",
    severity: outageSeverity(index, workload),
    subject: workload,
    causeKey: [first ?? "process"],
    cause: `${workload.kind} ${workload.metadata.name} waits for the end of an old pod, for ${minutes} min: ${waits}, ${what}, and ${spec}.terminationGracePeriodSeconds gives it ${grace} s`,
    symptom: "waits for the end of an old pod",
    evidence: [
      fromControlPlane(pod, "metadata.deletionTimestamp", pod.metadata.deletionTimestamp ?? ""),
      fromControlPlane(pod, "metadata.deletionGracePeriodSeconds", String(grace)),
      ...(first === undefined ? [] : [fromTenant(workload, first, "set")]),
    ],
    explains: [{ subject: subjectOf(pod), symptom: "is being deleted" }],
    fix: decision(
      `${first === undefined ? "let the process end on SIGTERM" : `correct ${first}`}, or lower ${spec}.terminationGracePeriodSeconds (${grace}); this pod ends at ${pod.metadata.deletionTimestamp ?? "its deadline"} by itself`,
    ),
  });
}
