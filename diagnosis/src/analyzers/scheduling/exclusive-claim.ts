import type { Fix } from "@sre-agent/crds";
import { fromTenant } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textsAt, valueAt } from "../../snapshot/json.ts";
import { isLive } from "../../snapshot/pod-state.ts";
import { podSpecOf } from "../../snapshot/pod-template.ts";
import { referencesOf } from "../../snapshot/references.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { isOfUpdate, removeFirst } from "./own-older-pod.ts";
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
  const { name } = claim.metadata;
  const use = usedBy(index, { pod, workload, holder, name });
  return {
    key: `exclusive/${name}`,
    words: `its claim ${name} has accessModes ReadWriteOncePod, one pod at a time, and ${use.words}`,
    evidence: [
      fromTenant(claim, "spec.accessModes", "ReadWriteOncePod"),
      ...(use.own ? [fromTenant(workload, "spec.replicas", String(valueAt(workload, "spec", "replicas") ?? 1))] : []),
    ],
    decide: use.decide,
    anyRevision: true,
    fix: use.fix,
  };
}

interface Held extends Pick<Unscheduled, "pod" | "workload"> {
  readonly holder: SnapshotObject | undefined;
  /** Of the claim. */
  readonly name: string;
}

interface Use {
  readonly words: string;
  readonly decide: string;
  readonly own: boolean;
  readonly fix?: Fix | undefined;
}

function usedBy(index: SnapshotIndex, { pod, workload, holder, name }: Held): Use {
  const by = holder === undefined ? "another pod" : `pod ${holder.metadata.name}`;
  if (holder !== undefined && isOfUpdate(index, holder, pod))
    return {
      words: `its own older ${by} uses it, which the update keeps until the new one is ready: the rollout waits for itself`,
      decide: "let the update remove the old pod first (strategy Recreate, or maxSurge 0 with maxUnavailable 1)",
      own: true,
      fix: removeFirst(workload, `one pod at a time has claim ${name}`),
    };
  if (holder !== undefined && index.rootOf(holder) === workload)
    return {
      words: `${by} of the same ${workload.kind} uses it`,
      decide: `run one replica with strategy Recreate, give each replica a claim of its own (StatefulSet), or share claim ${name} by another access mode`,
      own: true,
    };
  const decide = `decide which workload should have claim ${name}, or give them a claim each`;
  return { words: `${by} uses it`, decide, own: false };
}

function claimsOf(index: SnapshotIndex, pod: SnapshotObject): readonly SnapshotObject[] {
  return referencesOf(podSpecOf(pod)).flatMap(({ kind, name }) =>
    kind === "PersistentVolumeClaim" ? (index.byName(kind, pod.metadata.namespace, name) ?? []) : [],
  );
}

function isExclusive(claim: SnapshotObject): boolean {
  return textsAt(claim, "spec", "accessModes").includes("ReadWriteOncePod");
}
