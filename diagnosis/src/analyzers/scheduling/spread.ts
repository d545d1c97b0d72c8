import { fromTenant } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, textAt } from "../../snapshot/json.ts";
import { selectorText } from "../../snapshot/label-selector.ts";
import { podSpecOf, podSpecPath } from "../../snapshot/pod-template.ts";
import type { SchedulingReason, Unscheduled } from "./unschedulable.ts";

/** Rules about other pods that no node satisfies: anti-affinity with too few nodes, affinity to absent pods, topology spread. */
export function spread(index: SnapshotIndex, unscheduled: Unscheduled): SchedulingReason | undefined {
  const { message } = unscheduled;
  if (/anti-affinity rules/.test(message)) return rule(index, unscheduled, ANTI);
  if (/pod affinity rules/.test(message)) return rule(index, unscheduled, AFFINITY);
  return /topology spread constraints/.test(message) ? topology(unscheduled) : undefined;
}

interface Rule {
  readonly field: "podAntiAffinity" | "podAffinity";
  readonly says: string;
  readonly decide: string;
}

const ANTI: Rule = {
  field: "podAntiAffinity",
  says: "lets no two pods share a",
  decide: "add nodes, lower the replicas, or make the rule preferred instead of required",
};
const AFFINITY: Rule = {
  field: "podAffinity",
  says: "asks for a running pod in the same",
  decide: "correct the labels of the rule, start the pods it asks for, or make it preferred",
};

function rule(index: SnapshotIndex, { pod, workload }: Unscheduled, { field, says, decide }: Rule): SchedulingReason {
  const [term] = objectsAt(podSpecOf(pod), "affinity", field, "requiredDuringSchedulingIgnoredDuringExecution");
  const key = textAt(term, "topologyKey") ?? "topology";
  const selector = selectorText(term?.["labelSelector"]);
  const path = `${podSpecPath(workload)}.affinity.${field}`;
  const nodes = index.ofKind("Node").length;
  const count = nodes === 0 ? "" : ` and there ${nodes === 1 ? "is 1 node" : `are ${nodes} nodes`}`;
  return {
    key: `${field}/${key}`,
    words: `${path} ${says} ${key} (${selector || "any"})${count}`,
    evidence: [fromTenant(pod, `spec.affinity.${field}`, `${key}: ${selector}`)],
    decide,
  };
}

function topology({ pod, workload }: Unscheduled): SchedulingReason {
  const hard = objectsAt(podSpecOf(pod), "topologySpreadConstraints").filter(
    ({ whenUnsatisfiable }) => whenUnsatisfiable !== "ScheduleAnyway",
  );
  const what = hard.map((one) => `${textAt(one, "topologyKey")} with maxSkew ${String(one["maxSkew"])}`).join(", ");
  const path = `${podSpecPath(workload)}.topologySpreadConstraints`;
  return {
    key: `topology-spread/${what}`,
    words: `${path} (${what}, DoNotSchedule) cannot be met`,
    evidence: [fromTenant(pod, "spec.topologySpreadConstraints", what)],
    decide: "correct the topology key, add nodes in the missing domains, or use ScheduleAnyway",
  };
}
