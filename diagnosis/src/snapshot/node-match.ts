import type { SnapshotIndex } from "./index-snapshot.ts";
import { type Json, objectAt, objectsAt, textAt, valueAt } from "./json.ts";
import { carriesAll, satisfies } from "./label-selector.ts";
import { podSpecOf } from "./pod-template.ts";
import type { SnapshotObject } from "./snapshot.ts";

/**
 * Whether a pod may ever run on a node, by what it asks of nodes itself: labels, taints, and where its volumes are.
 * Whether the node is cordoned or full does not count.
 */
export function mayRunOn(index: SnapshotIndex, node: SnapshotObject, pod: SnapshotObject): boolean {
  const spec = podSpecOf(pod);
  const required = valueAt(spec, "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution");
  const selected = carriesAll(node.metadata.labels, objectAt(spec, "nodeSelector")) && satisfiesTerms(node, required);
  return selected && toleratesTaints(node, spec) && reachesVolumes(index, node, pod);
}

/** One term has to be satisfied whole; no terms ask nothing. */
function satisfiesTerms(node: SnapshotObject, required: unknown): boolean {
  const terms = objectsAt(required, "nodeSelectorTerms");
  return terms.length === 0 || terms.some((term) => satisfiesTerm(node, term));
}

function satisfiesTerm(node: SnapshotObject, term: Json): boolean {
  const labels = objectAt(node, "metadata", "labels");
  const fields = { "metadata.name": node.metadata.name };
  return (
    objectsAt(term, "matchExpressions").every((one) => satisfies(one, labels)) &&
    objectsAt(term, "matchFields").every((one) => satisfies(one, fields))
  );
}

/** The taint of a cordon counts as little as the cordon. */
const CORDON = "node.kubernetes.io/unschedulable";

function toleratesTaints(node: SnapshotObject, spec: Json): boolean {
  const tolerations = objectsAt(spec, "tolerations");
  return objectsAt(node, "spec", "taints")
    .filter(({ key, effect }) => key !== CORDON && effect !== "PreferNoSchedule")
    .every((taint) => tolerations.some((toleration) => tolerates(toleration, taint)));
}

function tolerates(toleration: Json, taint: Json): boolean {
  const { key, operator = "Equal", value = "", effect = "" } = toleration;
  const keyed = key === undefined || key === "" ? operator === "Exists" : key === taint["key"];
  const valued = operator === "Exists" || value === (taint["value"] ?? "");
  return keyed && valued && (effect === "" || effect === taint["effect"]);
}

/** Volumes that were not read, or are not bound yet, are anywhere. */
function reachesVolumes(index: SnapshotIndex, node: SnapshotObject, pod: SnapshotObject): boolean {
  return objectsAt(podSpecOf(pod), "volumes").every((volume) => {
    const name = textAt(volume, "persistentVolumeClaim", "claimName") ?? "";
    const claim = index.byName("PersistentVolumeClaim", pod.metadata.namespace, name);
    const bound = index.byName("PersistentVolume", undefined, textAt(claim, "spec", "volumeName") ?? "");
    return satisfiesTerms(node, valueAt(bound, "spec", "nodeAffinity", "required"));
  });
}
