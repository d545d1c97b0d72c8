import type { Fix } from "@sre-agent/crds";
import { type Revision, revisionsOf } from "../../changes/changes-of.ts";
import { decision, patchFix } from "../../findings/fix.ts";
import { reachingPods } from "../../findings/reaching-pods.ts";
import { restartFix } from "../../findings/restart-fix.ts";
import { health } from "../../health.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { numberAt, textAt, valueAt } from "../../snapshot/json.ts";
import { ageMs, containerStates, isLive, isReady } from "../../snapshot/pod-state.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** What keeps the newest template from the pods. */
interface Hold {
  readonly field: string;
  readonly value: string;
  readonly words: string;
  readonly fix: Fix;
}

/** A workload whose newest template does not reach its failing pods. */
export interface Held {
  readonly workload: SnapshotObject;
  /** Failing pods of an older template. */
  readonly pods: readonly SnapshotObject[];
  readonly old: unknown;
  readonly hold: Hold;
}

/** A Deployment that is paused while its pods fail. */
export function pausedDeployment(index: SnapshotIndex, workload: SnapshotObject): Held | undefined {
  const untouched = (numberAt(workload, "status", "updatedReplicas") ?? 0) === 0;
  const newest = revisionsOf(index, workload).at(-1);
  const pods = index.podsOf(workload).filter((pod) => isFailing(index, pod));
  if (valueAt(workload, "spec", "paused") !== true || !untouched || pods.length === 0) return undefined;
  const decide = `resume the rollout of Deployment ${workload.metadata.name} (spec.paused)`;
  const noneServes = health(index, workload).ready === 0;
  return {
    ...{ workload, pods, old: newest?.template },
    hold: {
      ...{ field: "spec.paused", value: "true", words: "spec.paused is true" },
      fix: noneServes
        ? patchFix(workload, [{ path: "/spec/paused", from: true, to: false }], decide)
        : decision(decide),
    },
  };
}

/** A StatefulSet or DaemonSet whose update does not come to the pods that fail. */
export function heldSet(index: SnapshotIndex, workload: SnapshotObject): Held | undefined {
  const revisions = revisionsOf(index, workload);
  const newest = revisions.at(-1);
  const older = revisions.filter((revision) => revision !== newest);
  const failing = older
    .flatMap((revision) => revision.pods.filter((pod) => isFailing(index, pod)).map((pod) => ({ revision, pod })))
    .sort((a, b) => (a.pod.metadata.name < b.pod.metadata.name ? -1 : 1));
  const [first] = failing;
  // A newer pod that fails as well says that the newest template repairs nothing.
  if (newest === undefined || first === undefined || newest.pods.some((pod) => !isReady(pod))) return undefined;
  const hold = holdOf(index, workload, { pod: first.pod, newest });
  return hold && { workload, pods: failing.map(({ pod }) => pod), old: first.revision.template, hold };
}

interface Waiting {
  readonly pod: SnapshotObject;
  readonly newest: Revision;
}

function holdOf(index: SnapshotIndex, workload: SnapshotObject, { pod, newest }: Waiting): Hold | undefined {
  const { name } = pod.metadata;
  const partition = numberAt(workload, "spec", "updateStrategy", "rollingUpdate", "partition") ?? 0;
  if (textAt(workload, "spec", "updateStrategy", "type") === "OnDelete") {
    const fix = decision(`evict pod ${name}, so that it is made anew from the newest template, or use RollingUpdate`);
    const words = "spec.updateStrategy.type OnDelete replaces a pod only after somebody has removed it";
    return { field: "spec.updateStrategy.type", value: "OnDelete", words, fix };
  }
  if (workload.kind !== "StatefulSet") return undefined;
  const field = "spec.updateStrategy.rollingUpdate.partition";
  if (partition > ordinalOf(name)) {
    const fix = decision(`lower ${field} to ${ordinalOf(name)}, when the newest template is good for these pods`);
    return { field, value: String(partition), words: `${field} ${partition} keeps them at it`, fix };
  }
  return waitsForPod(index, workload, { pod, newest });
}

/** Longer than a controller takes to replace a pod. */
const PATIENCE_MS = 30_000;

/** A StatefulSet in order waits for the pod to get ready with its old template, which it never does. */
function waitsForPod(index: SnapshotIndex, workload: SnapshotObject, { pod, newest }: Waiting): Hold | undefined {
  const parallel = textAt(workload, "spec", "podManagementPolicy") === "Parallel";
  if (parallel || (ageMs(index.nowMs, newest.createdAt) ?? 0) < PATIENCE_MS) return undefined;
  const why = "its newest template reaches the pod that fails only when that is made anew";
  return {
    ...{ field: "spec.podManagementPolicy", value: "OrderedReady" },
    words: `its controller (podManagementPolicy OrderedReady) waits for pod ${pod.metadata.name} to get ready and does not replace it`,
    fix: reachingPods(index, workload, restartFix(workload, index.snapshot.now, why)),
  };
}

function ordinalOf(name: string): number {
  return Number(/-(\d+)$/.exec(name)?.[1] ?? 0);
}

function isFailing(index: SnapshotIndex, pod: SnapshotObject): boolean {
  const restarted = containerStates(pod).some(({ restarts }) => restarts > 0);
  const old = (ageMs(index.nowMs, pod.metadata.creationTimestamp) ?? 0) > PATIENCE_MS;
  return isLive(pod) && !isReady(pod) && (restarted || old);
}
