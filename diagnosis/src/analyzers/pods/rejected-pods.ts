import { clip, type Draft, draft, fromControlPlane, fromTenant, subjectOf } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import { health, outageSeverity } from "../../health.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, textAt } from "../../snapshot/json.ts";
import { containerStates, phaseOf } from "../../snapshot/pod-state.ts";
import { podSpecOf, podSpecPath } from "../../snapshot/pod-template.ts";
import { isRecent } from "../../snapshot/recency.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** Workloads whose pods the kubelet rejects before it starts anything: their controller makes one after the other. */
export function rejectedPods(index: SnapshotIndex): readonly Draft[] {
  const rejected = index.ofKind("Pod").filter((pod) => isRejected(index, pod));
  return [...Map.groupBy(rejected, (pod) => index.rootOf(pod))].flatMap(([workload, pods]) =>
    rejectionFinding(index, workload, pods),
  );
}

/** What the kubelet says of pods that have run: those have analyzers of their own. */
const RAN = new Set(["Evicted", "DeadlineExceeded", "Terminated", "NodeShutdown", "NodeLost", "Preempting"]);

function isRejected(index: SnapshotIndex, pod: SnapshotObject): boolean {
  const reason = textAt(pod, "status", "reason") ?? "";
  const untouched = containerStates(pod).every(({ termination, running }) => termination === undefined && !running);
  return (
    phaseOf(pod) === "Failed" &&
    reason !== "" &&
    !RAN.has(reason) &&
    untouched &&
    isRecent(index, pod.metadata.creationTimestamp, "controller")
  );
}

function rejectionFinding(
  index: SnapshotIndex,
  workload: SnapshotObject,
  pods: readonly SnapshotObject[],
): readonly Draft[] {
  const newest = pods.toSorted((a, b) => (createdAt(a) < createdAt(b) ? -1 : 1)).at(-1);
  if (newest === undefined || (workload !== newest && health(index, workload).severity === 0)) return [];
  const reason = textAt(newest, "status", "reason") ?? "";
  const message = clip(textAt(newest, "status", "message") ?? "", 300);
  const field = fieldAtFault(workload, message);
  const count = pods.length === 1 ? "1 pod" : `${pods.length} pods`;
  return [
    draft({
      analyzer: "rejected-pods",
      layer: "cause",
      severity: outageSeverity(index, workload),
      subject: workload,
      causeKey: [reason],
      cause: `the kubelet of node ${textAt(newest, "spec", "nodeName") ?? "(unknown)"} rejects its pods (${count}, ${reason}): ${message}${field ? `; ${field.path} asks for it` : ""}`,
      symptom: `its pods are rejected (${reason})`,
      evidence: [
        fromControlPlane(newest, "status.reason", reason),
        fromControlPlane(newest, "status.message", message),
        ...(field ? [fromTenant(workload, field.path, field.value)] : []),
      ],
      explains: pods.filter((pod) => pod !== workload).map((pod) => ({ subject: subjectOf(pod), symptom: reason })),
      fix: decision(
        field
          ? `remove ${field.value} from ${field.path}, or let the kubelets of the nodes that it shall run on allow it (--allowed-unsafe-sysctls)`
          : `correct what the kubelet rejects (${message}), or run the pods on other nodes`,
      ),
    }),
  ];
}

/** A sysctl of the namespace that the kubelet does not let pods set. */
function fieldAtFault(workload: SnapshotObject, message: string) {
  const sysctls = objectsAt(podSpecOf(workload), "securityContext", "sysctls").map((one) => textAt(one, "name") ?? "");
  const value = sysctls.find((name) => name !== "" && message.includes(`"${name}"`));
  return value === undefined ? undefined : { path: `${podSpecPath(workload)}.securityContext.sysctls`, value };
}

function createdAt({ metadata }: SnapshotObject): string {
  return metadata.creationTimestamp ?? "";
}
