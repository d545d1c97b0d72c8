import { type Draft, draft, fromControlPlane, fromTenant } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { numberAt, textAt } from "../../snapshot/json.ts";
import { ageMs, isReady } from "../../snapshot/pod-state.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** StatefulSets that stop halfway: an ordinal that never gets ready, or an update that their strategy holds back. */
export function statefulSet(index: SnapshotIndex): readonly Draft[] {
  return index.ofKind("StatefulSet").flatMap((set) => waitsForOrdinal(index, set) ?? heldUpdate(index, set) ?? []);
}

/** Longer than most members take to get ready: what keeps one from starting at all has a finding of its own before. */
const PATIENCE_MS = 3 * 60_000;

/** OrderedReady: the next pod is created when the one before is ready. What ails that pod is the cause. */
function waitsForOrdinal(index: SnapshotIndex, set: SnapshotObject): Draft | undefined {
  const wanted = numberAt(set, "spec", "replicas") ?? 1;
  const pods = index.childrenOf(set, "Pod");
  const first = pods.find((pod) => !isReady(pod));
  const parallel = textAt(set, "spec", "podManagementPolicy") === "Parallel";
  const age = ageMs(index.nowMs, first?.metadata.creationTimestamp) ?? 0;
  if (parallel || first === undefined || pods.length >= wanted || age < PATIENCE_MS) return undefined;
  return draft({
    analyzer: "stateful-set",
    layer: "rollout",
    severity: "error",
    subject: set,
    causeKey: ["ordered"],
    cause: `StatefulSet ${set.metadata.name} has ${pods.length} of ${wanted} pods: it creates the next one (podManagementPolicy OrderedReady) when ${first.metadata.name} is ready`,
    symptom: `${pods.length} of ${wanted} pods: waits for ${first.metadata.name}`,
    evidence: [
      fromControlPlane(set, "status.replicas", String(pods.length)),
      fromTenant(set, "spec.podManagementPolicy", "OrderedReady"),
    ],
    fix: decision(
      `make pod ${first.metadata.name} ready; after a repair of the template it may have to be evicted, since the controller waits for it`,
    ),
  });
}

/** An older revision stays although nothing is broken: OnDelete, or a partition above the ordinals. */
function heldUpdate(index: SnapshotIndex, set: SnapshotObject): Draft | undefined {
  const [current, update] = [textAt(set, "status", "currentRevision"), textAt(set, "status", "updateRevision")];
  const pods = index.childrenOf(set, "Pod");
  const old = pods.filter((pod) => pod.metadata.labels?.["controller-revision-hash"] !== update);
  if (current === update || update === undefined || old.length === 0 || !pods.every(isReady)) return undefined;
  const strategy = textAt(set, "spec", "updateStrategy", "type") ?? "RollingUpdate";
  const partition = numberAt(set, "spec", "updateStrategy", "rollingUpdate", "partition") ?? 0;
  if (strategy !== "OnDelete" && partition === 0) return undefined;
  const field = strategy === "OnDelete" ? "type OnDelete" : `rollingUpdate.partition ${partition}`;
  return draft({
    analyzer: "stateful-set",
    layer: "apart",
    // All pods are well: a canary looks like this.
    severity: "info",
    subject: set,
    causeKey: ["held-update"],
    cause: `StatefulSet ${set.metadata.name} does not roll out its newest template: spec.updateStrategy.${field} keeps ${old.length} of ${pods.length} pods at revision ${current}`,
    symptom: "update held back",
    evidence: [fromTenant(set, "spec.updateStrategy", field), fromControlPlane(set, "status.updateRevision", update)],
    fix: decision(
      strategy === "OnDelete"
        ? "delete its pods one after the other, or use RollingUpdate"
        : `lower spec.updateStrategy.rollingUpdate.partition (a canary may want it at ${partition})`,
    ),
  });
}
