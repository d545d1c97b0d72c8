import { fromTenant } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { type Json, objectsAt, textAt, textsAt } from "../../snapshot/json.ts";
import { matchesSelector, selectorText } from "../../snapshot/label-selector.ts";
import { isLive } from "../../snapshot/pod-state.ts";
import { podLabelsOf, podSpecOf, podSpecPath } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import type { SchedulingReason, Unscheduled } from "./unschedulable.ts";

/** Anti-affinity holds both ways: a pod that runs already keeps off those whose labels its own rule names. */
export function repellingPod(
  index: SnapshotIndex,
  { pod, workload, message }: Unscheduled,
): SchedulingReason | undefined {
  if (!/existing pods anti-affinity rules/.test(message)) return undefined;
  const found = index
    .ofKind("Pod")
    .filter(runs)
    .flatMap((other) => repels(other, pod));
  const [first] = found;
  if (first === undefined) {
    return {
      key: "repelled",
      words: "a pod that runs already keeps it off by a required podAntiAffinity of its own",
      evidence: [],
      decide: "find the pod on those nodes whose podAntiAffinity names these labels, and narrow its rule",
      anyRevision: true,
    };
  }
  const owner = index.rootOf(first.by);
  const who = `${owner.kind}/${owner.metadata.name}`;
  const path = `${podSpecPath(owner)}.affinity.podAntiAffinity`;
  const selector = selectorText(first.term["labelSelector"]) || "any labels";
  const key = textAt(first.term, "topologyKey") ?? "topology";
  return {
    key: `repelled/${owner.kind}/${owner.metadata.name}`,
    words: `${path} of ${who} lets no pod with ${selector} into the same ${key}, and the pods of ${workload.kind}/${workload.metadata.name} carry that`,
    evidence: [fromTenant(owner, path, `${key}: ${selector}`)],
    decide: `narrow the rule of ${who} to the pods that it means, make it preferred, or add nodes`,
    anyRevision: true,
  };
}

interface Repulsion {
  readonly by: SnapshotObject;
  readonly term: Json;
}

function repels(by: SnapshotObject, pod: SnapshotObject): readonly Repulsion[] {
  const terms = objectsAt(
    podSpecOf(by),
    "affinity",
    "podAntiAffinity",
    "requiredDuringSchedulingIgnoredDuringExecution",
  );
  return terms
    .filter((term) => reachesNamespace(term, by, pod) && matchesSelector(term["labelSelector"], podLabelsOf(pod)))
    .map((term) => ({ by, term }));
}

/** Without a word about namespaces a rule speaks of its own. A selector of namespaces is not read, and may match. */
function reachesNamespace(term: Json, by: SnapshotObject, pod: SnapshotObject): boolean {
  const named = textsAt(term, "namespaces");
  if (term["namespaceSelector"] !== undefined) return true;
  const namespaces = named.length > 0 ? named : [by.metadata.namespace ?? ""];
  return namespaces.includes(pod.metadata.namespace ?? "");
}

function runs(pod: SnapshotObject): boolean {
  return isLive(pod) && textAt(pod, "spec", "nodeName") !== undefined;
}
