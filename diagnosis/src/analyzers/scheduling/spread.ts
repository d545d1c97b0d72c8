import { fromTenant } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { type Json, objectsAt, textAt } from "../../snapshot/json.ts";
import { selectorText } from "../../snapshot/label-selector.ts";
import { podSpecOf, podSpecPath } from "../../snapshot/pod-template.ts";
import { meantLabel, unmetTerm } from "./affinity-labels.ts";
import type { SchedulingReason, Unscheduled } from "./unschedulable.ts";

/** Rules about other pods that no node satisfies: anti-affinity with too few nodes, affinity to absent pods, topology spread. */
export function spread(index: SnapshotIndex, unscheduled: Unscheduled): SchedulingReason | undefined {
  const { message } = unscheduled;
  if (/match pod anti-affinity rules/.test(message)) return antiAffinity(index, unscheduled);
  if (/pod affinity rules/.test(message)) return affinity(index, unscheduled);
  return /topology spread constraints/.test(message) ? topology(unscheduled) : undefined;
}

function antiAffinity(index: SnapshotIndex, { pod, workload }: Unscheduled): SchedulingReason {
  const [term] = objectsAt(
    podSpecOf(pod),
    ...["affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution"],
  );
  const key = textAt(term, "topologyKey") ?? "topology";
  const selector = selectorText(term?.["labelSelector"]);
  return {
    key: `podAntiAffinity/${key}`,
    words: `${podSpecPath(workload)}.affinity.podAntiAffinity lets no two pods share a ${key} (${selector || "any"})${nodeCount(index)}`,
    evidence: [fromTenant(pod, "spec.affinity.podAntiAffinity", `${key}: ${selector}`)],
    decide: "add nodes, lower the replicas, or make the rule preferred instead of required",
  };
}

function affinity(index: SnapshotIndex, { pod, workload }: Unscheduled): SchedulingReason {
  const { term, unmet } = unmetTerm(index, pod);
  const key = textAt(term, "topologyKey") ?? "topology";
  const selector = selectorText(term["labelSelector"]) || "any";
  const path = `${podSpecPath(workload)}.affinity.podAffinity`;
  const asked = `${path} asks for a running pod in the same ${key} (${selector})`;
  return {
    key: `podAffinity/${key}`,
    words: unmet
      ? `${asked}, and no pod has these labels${meantLabel(index, pod, term)}`
      : `${asked}${nodeCount(index)}`,
    evidence: [fromTenant(pod, "spec.affinity.podAffinity", `${key}: ${selector}`)],
    decide: "correct the labels of the rule, start the pods it asks for, or make it preferred",
  };
}

function nodeCount(index: SnapshotIndex): string {
  const nodes = index.ofKind("Node").length;
  return nodes === 0 ? "" : ` and there ${nodes === 1 ? "is 1 node" : `are ${nodes} nodes`}`;
}

function minDomains({ minDomains: least }: Json): string {
  return typeof least === "number" && least > 1 ? ` and minDomains ${least}` : "";
}

function topology({ pod, workload }: Unscheduled): SchedulingReason {
  const hard = objectsAt(podSpecOf(pod), "topologySpreadConstraints").filter(
    ({ whenUnsatisfiable }) => whenUnsatisfiable !== "ScheduleAnyway",
  );
  const what = hard
    .map((one) => `${textAt(one, "topologyKey")} with maxSkew ${String(one["maxSkew"])}${minDomains(one)}`)
    .join(", ");
  const path = `${podSpecPath(workload)}.topologySpreadConstraints`;
  return {
    key: `topology-spread/${what}`,
    words: `${path} (${what}, DoNotSchedule) cannot be met`,
    evidence: [fromTenant(pod, "spec.topologySpreadConstraints", what)],
    decide: "correct the topology key, add nodes in the missing domains, or use ScheduleAnyway",
  };
}
