import { clip, type Draft, draft, fromControlPlane } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import { eventMessage, eventTime, latestEvent } from "../../snapshot/events.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textAt } from "../../snapshot/json.ts";
import { containerStates, isLive } from "../../snapshot/pod-state.ts";
import { isRecent } from "../../snapshot/recency.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** Volumes that cannot be attached to the node of a pod that waits for them. */
export function failedAttach(index: SnapshotIndex): readonly Draft[] {
  return index
    .ofKind("Pod")
    .filter((pod) => isLive(pod) && textAt(pod, "status", "phase") === "Pending")
    .flatMap((pod) => attachFinding(index, pod));
}

function attachFinding(index: SnapshotIndex, pod: SnapshotObject): readonly Draft[] {
  const event = latestEvent(index, pod, { reason: "FailedAttachVolume" });
  if (event === undefined || isAttached(index, pod, eventTime(event))) return [];
  const message = eventMessage(event);
  const multi = /Multi-Attach/.test(message);
  // A volume that another node holds is reported once; other failures with every try.
  if (!multi && !isRecent(index, eventTime(event), "retry")) return [];
  const workload = index.rootOf(pod);
  return [
    draft({
      analyzer: "failed-attach",
      layer: "cause",
      severity: "error",
      subject: workload,
      causeKey: [multi ? "multi-attach" : "attach"],
      cause: multi
        ? `pod ${pod.metadata.name} waits for a ReadWriteOnce volume that is attached to another node: ${clip(message, 400)}`
        : `the volume of pod ${pod.metadata.name} cannot be attached to its node: ${clip(message, 400)}`,
      symptom: "waits for its volume",
      evidence: [fromControlPlane(pod, "event FailedAttachVolume", message)],
      fix: multi
        ? decision(
            "run one replica (strategy Recreate), give each replica a claim of its own (StatefulSet), or use a ReadWriteMany volume",
          )
        : decision("repair what the volume's driver reports"),
    }),
  ];
}

const CREATING = new Set(["ContainerCreating", "PodInitializing"]);

/** Attached after that failure, or past it: containers are made when all volumes are there. */
function isAttached(index: SnapshotIndex, pod: SnapshotObject, failedAt: string): boolean {
  const attached = latestEvent(index, pod, { reason: "SuccessfulAttachVolume" });
  const past = containerStates(pod).some(({ waiting }) => waiting === undefined || !CREATING.has(waiting.reason));
  return past || (attached !== undefined && eventTime(attached) > failedAt);
}
