import { fromTenant } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { type Json, objectsAt, textAt, textsAt } from "../../snapshot/json.ts";
import { matchesSelector, selectorText } from "../../snapshot/label-selector.ts";
import { isLive } from "../../snapshot/pod-state.ts";
import { podLabelsOf, podSpecOf, podSpecPath } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { meantLabel, namespacesOf, unmetTerm } from "./affinity-labels.ts";
import { usableNodes } from "./eligible-nodes.ts";
import { topologySpread } from "./topology-spread.ts";
import type { SchedulingReason, Unscheduled } from "./unschedulable.ts";

/** Rules about other pods that no node satisfies: anti-affinity with too few nodes, affinity to absent pods, topology spread. */
export function spread(index: SnapshotIndex, unscheduled: Unscheduled): SchedulingReason | undefined {
  const { message } = unscheduled;
  if (/match pod anti-affinity rules/.test(message)) return antiAffinity(index, unscheduled);
  if (/pod affinity rules/.test(message)) return affinity(index, unscheduled);
  return /topology spread constraints/.test(message) ? topologySpread(unscheduled) : undefined;
}

function antiAffinity(index: SnapshotIndex, unscheduled: Unscheduled): SchedulingReason {
  const { pod, workload } = unscheduled;
  const { term, others } = repelledBy(index, pod);
  const key = textAt(term, "topologyKey") ?? "topology";
  const selector = selectorText(term["labelSelector"]) || "any";
  const path = `${podSpecPath(workload)}.affinity.podAntiAffinity`;
  const names = others.map((one) => `${one.kind}/${one.metadata.name}`).join(", ");
  return {
    key: `podAntiAffinity/${key}`,
    words:
      names === ""
        ? `${path} lets no two pods share a ${key} (${selector})${nodeCount(unscheduled)}`
        : `${path} lets it share no ${key} with pods labelled ${selector}, and the pods of ${names} carry that as well`,
    evidence: [
      fromTenant(pod, "spec.affinity.podAntiAffinity", `${key}: ${selector}`),
      ...others.slice(0, 3).map((one) => fromTenant(one, "spec.template.metadata.labels", labelsText(one))),
    ],
    decide:
      names === ""
        ? "add nodes, lower the replicas, or make the rule preferred instead of required"
        : `narrow the labelSelector of ${path} to the pods that are meant (its own labels tell them from those of ${names}), make the rule preferred, or add nodes`,
  };
}

interface Repelling {
  readonly term: Json;
  /** Workloads other than its own whose pods the rule keeps off. */
  readonly others: readonly SnapshotObject[];
}

/** The rule that other workloads meet, else the first one. */
function repelledBy(index: SnapshotIndex, pod: SnapshotObject): Repelling {
  const path = ["affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution"];
  const terms = objectsAt(podSpecOf(pod), ...path).map((term) => ({ term, others: metBy(index, pod, term) }));
  return terms.find(({ others }) => others.length > 0) ?? terms[0] ?? { term: {}, others: [] };
}

function metBy(index: SnapshotIndex, pod: SnapshotObject, term: Json): readonly SnapshotObject[] {
  const named = textsAt(term, "namespaces");
  const namespaces = named.length > 0 ? named : [pod.metadata.namespace ?? ""];
  const running = namespaces
    .flatMap((namespace) => index.inNamespace("Pod", namespace))
    .filter((one) => isLive(one) && textAt(one, "spec", "nodeName") !== undefined)
    .filter(({ metadata }) => matchesSelector(term["labelSelector"], metadata.labels));
  const owners = new Set(running.map((one) => index.rootOf(one)));
  return owners.has(index.rootOf(pod)) ? [] : [...owners];
}

function labelsText(workload: SnapshotObject): string {
  return Object.entries(podLabelsOf(workload))
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(",");
}

function affinity(index: SnapshotIndex, unscheduled: Unscheduled): SchedulingReason {
  const { pod, workload } = unscheduled;
  const { term, unmet } = unmetTerm(index, pod);
  const key = textAt(term, "topologyKey") ?? "topology";
  const selector = selectorText(term["labelSelector"]) || "any";
  const path = `${podSpecPath(workload)}.affinity.podAffinity`;
  const asked = `${path} asks for a running pod in the same ${key} (${selector})`;
  return {
    key: `podAffinity/${key}`,
    words: unmet
      ? `${asked}, and no pod in ${namespacesOf(pod, term)} has these labels${meantLabel(index, pod, term)}`
      : `${asked}${nodeCount(unscheduled)}`,
    evidence: [fromTenant(pod, "spec.affinity.podAffinity", `${key}: ${selector}`)],
    decide: `correct the labels of the rule, name the namespaces of the pods that are meant (namespaces or namespaceSelector of the term) if they are others, start them, or make the rule preferred`,
  };
}

function nodeCount({ nodes }: Unscheduled): string {
  const count = usableNodes(nodes).length;
  const usable = count < nodes.all.length ? " that it may use" : "";
  return count === 0 ? "" : ` and there ${count === 1 ? "is 1 node" : `are ${count} nodes`}${usable}`;
}
