import { fromTenant } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { valueAt } from "../../snapshot/json.ts";
import { isLive } from "../../snapshot/pod-state.ts";
import { podSpecOf } from "../../snapshot/pod-template.ts";
import { referencesOf } from "../../snapshot/references.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import type { SchedulingReason, Unscheduled } from "./unschedulable.ts";

/** A claim that one pod alone may use (ReadWriteOncePod), and the pod that uses it. */
export function exclusiveClaim(
  index: SnapshotIndex,
  { pod, workload, message }: Unscheduled,
): SchedulingReason | undefined {
  if (!/ReadWriteOncePod access mode already in-use/.test(message)) return undefined;
  const claim = claimsOf(index, pod).find(isExclusive);
  if (claim === undefined) return undefined;
  const holder = index
    .inNamespace("Pod", pod.metadata.namespace ?? "")
    .find((other) => other !== pod && isLive(other) && claimsOf(index, other).includes(claim));
  const own = holder !== undefined && index.rootOf(holder) === workload;
  const by = holder === undefined ? "another pod" : `pod ${holder.metadata.name}`;
  const who = own ? `${by} of the same ${workload.kind}` : by;
  const { name } = claim.metadata;
  return {
    key: `exclusive/${name}`,
    words: `its claim ${name} has accessModes ReadWriteOncePod, one pod at a time, and ${who} uses it`,
    evidence: [
      fromTenant(claim, "spec.accessModes", "ReadWriteOncePod"),
      ...(own ? [fromTenant(workload, "spec.replicas", String(valueAt(workload, "spec", "replicas") ?? 1))] : []),
    ],
    decide: own
      ? `run one replica with strategy Recreate, give each replica a claim of its own (StatefulSet), or share claim ${name} by another access mode`
      : `decide which workload should have claim ${name}, or give them a claim each`,
    anyRevision: true,
  };
}

function claimsOf(index: SnapshotIndex, pod: SnapshotObject): readonly SnapshotObject[] {
  return referencesOf(podSpecOf(pod)).flatMap(({ kind, name }) =>
    kind === "PersistentVolumeClaim" ? (index.byName(kind, pod.metadata.namespace, name) ?? []) : [],
  );
}

function isExclusive(claim: SnapshotObject): boolean {
  const modes = valueAt(claim, "spec", "accessModes");
  return Array.isArray(modes) && modes.includes("ReadWriteOncePod");
}
