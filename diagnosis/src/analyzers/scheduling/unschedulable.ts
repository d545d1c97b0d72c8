import { clip, type Draft, draft, fromControlPlane, subjectOf } from "../../findings/draft.ts";
import { badRevision, changeSentence, precedingChange } from "../../findings/preceding-change.ts";
import { remedy } from "../../findings/rollback-fix.ts";
import { health } from "../../health.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textAt } from "../../snapshot/json.ts";
import { condition, isLive } from "../../snapshot/pod-state.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** Pods for which the scheduler finds no node, one finding a workload. */
export function unschedulable(index: SnapshotIndex): readonly Draft[] {
  const groups = Map.groupBy(index.ofKind("Pod").filter(isUnschedulable), (pod) => index.rootOf(pod));
  return [...groups].map(([workload, pods]) => schedulingFinding(index, workload, pods));
}

function isUnschedulable(pod: SnapshotObject): boolean {
  const scheduled = condition(pod, "PodScheduled");
  return isLive(pod) && textAt(scheduled, "status") === "False" && textAt(scheduled, "reason") === "Unschedulable";
}

function schedulingFinding(index: SnapshotIndex, workload: SnapshotObject, pods: readonly SnapshotObject[]): Draft {
  const [pod = workload] = pods;
  const message = textAt(condition(pod, "PodScheduled"), "message") ?? "no reason given";
  const bad = badRevision(index, workload, pods);
  const sentence = bad && changeSentence(bad.change);
  const { fix, evidence } = remedy(index, workload, {
    bad,
    otherwise:
      "make room on a node, or correct the requests, selectors, tolerations or volumes that the scheduler names",
  });
  const cause = `no node takes ${pods.length} pod${pods.length === 1 ? "" : "s"}: ${clip(message, 500)}`;
  const symptom = "Pending: unschedulable";
  return draft({
    analyzer: "unschedulable",
    layer: "cause",
    severity: health(index, workload).ready === 0 ? "critical" : "error",
    subject: workload,
    causeKey: [],
    cause: sentence ? `${cause}; ${sentence}` : cause,
    symptom,
    evidence: [fromControlPlane(pod, "status.conditions[PodScheduled].message", message), ...evidence],
    explains: pods.filter((one) => one !== workload).map((one) => ({ subject: subjectOf(one), symptom })),
    change: bad && precedingChange(workload, bad.change),
    fix,
  });
}
