import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { type Json, objectAt, objectsAt, textsAt } from "../../snapshot/json.ts";
import { matchesSelector } from "../../snapshot/label-selector.ts";
import { nearestName } from "../../snapshot/nearest-name.ts";
import { isLive } from "../../snapshot/pod-state.ts";
import { podSpecOf } from "../../snapshot/pod-template.ts";
import { sees } from "../../snapshot/scope.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** The term of required pod affinity that no running pod meets; the first one where each is met by some. */
export function unmetTerm(index: SnapshotIndex, pod: SnapshotObject): { readonly term: Json; readonly unmet: boolean } {
  const terms = objectsAt(podSpecOf(pod), "affinity", "podAffinity", "requiredDuringSchedulingIgnoredDuringExecution");
  const unmet = terms.find((term) => candidates(index, pod, term)?.some((one) => meets(term, one)) === false);
  return { term: unmet ?? terms[0] ?? {}, unmet: unmet !== undefined };
}

/** `namespace shop`, for people: a term without a word about it speaks of its own. */
export function namespacesOf(pod: SnapshotObject, term: Json): string {
  const names = namesOf(pod, term);
  return `${names.length === 1 ? "namespace" : "namespaces"} ${names.join(", ")}`;
}

function namesOf(pod: SnapshotObject, term: Json): readonly string[] {
  const named = textsAt(term, "namespaces");
  return named.length > 0 ? named : [pod.metadata.namespace ?? ""];
}

/** The pods that a term speaks of; undefined where not all of them were read. */
function candidates(index: SnapshotIndex, pod: SnapshotObject, term: Json): readonly SnapshotObject[] | undefined {
  const namespaces = namesOf(pod, term);
  if (term["namespaceSelector"] !== undefined || !index.knows("Pod")) return undefined;
  if (!namespaces.every((namespace) => sees(index, namespace))) return undefined;
  return namespaces
    .flatMap((namespace) => index.inNamespace("Pod", namespace))
    .filter((one) => isLive(one) && one !== pod);
}

function meets(term: Json, { metadata }: SnapshotObject): boolean {
  return matchesSelector(term["labelSelector"], metadata.labels);
}

/** What a pod carries that was probably meant: the same value under another key, or nearly the same value. */
export function meantLabel(index: SnapshotIndex, pod: SnapshotObject, term: Json): string {
  const wanted = Object.entries(objectAt(term, "labelSelector", "matchLabels"));
  for (const one of candidates(index, pod, term) ?? []) {
    const labels = Object.entries(objectAt(one, "metadata", "labels"));
    const meant = labels.find(([key, value]) => wanted.some((label) => isNear(label, [key, value])));
    const owner = index.rootOf(one);
    if (meant !== undefined && owner !== index.rootOf(pod))
      return `; the pods of ${owner.kind}/${owner.metadata.name} are labelled ${meant[0]}=${String(meant[1])}`;
  }
  return elsewhere(index, pod, term);
}

/** A pod with just these labels that the rule does not reach. */
function elsewhere(index: SnapshotIndex, pod: SnapshotObject, term: Json): string {
  const names = namesOf(pod, term);
  const found = index
    .ofKind("Pod")
    .find((one) => isLive(one) && !names.includes(one.metadata.namespace ?? "") && meets(term, one));
  return found === undefined ? "" : `; those of namespace ${found.metadata.namespace} do, which the term does not name`;
}

function isNear([key, value]: readonly [string, unknown], [otherKey, other]: readonly [string, unknown]): boolean {
  if (key !== otherKey) return value === other;
  return nearestName(String(value), [String(other)]) !== undefined;
}
