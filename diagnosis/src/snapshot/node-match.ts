import type { SnapshotIndex } from "./index-snapshot.ts";
import { type Json, objectAt, objectsAt, textAt, valueAt } from "./json.ts";
import { carriesAll, satisfies } from "./label-selector.ts";
import { podSpecOf } from "./pod-template.ts";
import type { SnapshotObject } from "./snapshot.ts";

/**
 * Whether a pod may ever run on a node, by what it asks of nodes itself: labels, taints, and where its volumes are.
 * Whether the node is cordoned or full does not count, nor what its condition is at the moment, as in its first seconds.
 */
export function mayRunOn(index: SnapshotIndex, node: SnapshotObject, pod: SnapshotObject): boolean {
  const lasting = untoleratedTaints(node, pod).filter(({ key }) => !String(key).startsWith(OF_CONDITION));
  return isSelected(node, pod) && lasting.length === 0 && reachesVolumes(index, node, pod);
}

/** Whether a pod may run on a node as it is now, as long as there is room. */
export function isOpenTo(index: SnapshotIndex, node: SnapshotObject, pod: SnapshotObject): boolean {
  return !isCordonedFor(node, pod) && untoleratedTaints(node, pod).length === 0 && mayRunOn(index, node, pod);
}

/** Whether the pod's nodeSelector and required node affinity allow a node. */
export function isSelected(node: SnapshotObject, pod: SnapshotObject): boolean {
  const spec = podSpecOf(pod);
  const required = valueAt(spec, "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution");
  return carriesAll(node.metadata.labels, objectAt(spec, "nodeSelector")) && satisfiesTerms(node, required);
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

/** Taints that Kubernetes itself sets by a node's condition, and takes away. */
const OF_CONDITION = "node.kubernetes.io/";

/** The taint of a cordon counts as little as the cordon. */
const CORDON = "node.kubernetes.io/unschedulable";

/** The taints that keep a pod off a node. */
export function untoleratedTaints(node: SnapshotObject, pod: SnapshotObject): readonly Json[] {
  return objectsAt(node, "spec", "taints").filter(
    (taint) => taint["key"] !== CORDON && taint["effect"] !== "PreferNoSchedule" && !toleratesTaint(pod, taint),
  );
}

/** Cordoned, for a pod that does not tolerate that. */
export function isCordonedFor(node: SnapshotObject, pod: SnapshotObject): boolean {
  return valueAt(node, "spec", "unschedulable") === true && !toleratesTaint(pod, { key: CORDON, effect: "NoSchedule" });
}

function toleratesTaint(pod: SnapshotObject, taint: Json): boolean {
  return objectsAt(podSpecOf(pod), "tolerations").some((toleration) => tolerates(toleration, taint));
}

function tolerates(toleration: Json, taint: Json): boolean {
  const { key, operator = "Equal", value = "", effect = "" } = toleration;
  const keyed = key === undefined || key === "" ? operator === "Exists" : key === taint["key"];
  const valued = operator === "Exists" || value === (taint["value"] ?? "");
  return keyed && valued && (effect === "" || effect === taint["effect"]);
}

/** Volumes that were not read, or are not bound yet, are anywhere. */
export function reachesVolumes(index: SnapshotIndex, node: SnapshotObject, pod: SnapshotObject): boolean {
  return objectsAt(podSpecOf(pod), "volumes").every((volume) => {
    const name = textAt(volume, "persistentVolumeClaim", "claimName") ?? "";
    const claim = index.byName("PersistentVolumeClaim", pod.metadata.namespace, name);
    const bound = index.byName("PersistentVolume", undefined, textAt(claim, "spec", "volumeName") ?? "");
    return bound === undefined || reaches(node, bound);
  });
}

/** Whether a node reaches a volume, by the volume's own affinity. */
export function reaches(node: SnapshotObject, volume: SnapshotObject): boolean {
  return satisfiesTerms(node, valueAt(volume, "spec", "nodeAffinity", "required"));
}
