import { fromControlPlane, fromTenant } from "../../findings/draft.ts";
import { type Json, objectsAt, textAt } from "../../snapshot/json.ts";
import { podSpecOf, podSpecPath } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { usableNodes } from "./eligible-nodes.ts";
import type { SchedulingReason, Unscheduled } from "./unschedulable.ts";

/** A spread over the values of a node label that cannot be met: the label may be on no node that the pod may use. */
export function topologySpread({ pod, workload, nodes }: Unscheduled): SchedulingReason {
  const hard = objectsAt(podSpecOf(pod), "topologySpreadConstraints").filter(
    ({ whenUnsatisfiable }) => whenUnsatisfiable !== "ScheduleAnyway",
  );
  const what = hard
    .map((one) => `${textAt(one, "topologyKey")} with maxSkew ${String(one["maxSkew"])}${minDomains(one)}`)
    .join(", ");
  const rule = `${podSpecPath(workload)}.topologySpreadConstraints (${what}, DoNotSchedule)`;
  const evidence = [fromTenant(pod, "spec.topologySpreadConstraints", what)];
  const usable = usableNodes(nodes);
  const missing = hard.map((one) => textAt(one, "topologyKey") ?? "").find((key) => isOnNone(usable, key));
  if (missing === undefined) {
    return {
      ...{ key: `topology-spread/${what}`, words: `${rule} cannot be met`, evidence },
      decide: "correct the topology key, add nodes in the missing domains, or use ScheduleAnyway",
    };
  }
  const shown = usable.slice(0, 3);
  const names = shown.map(({ metadata }) => metadata.name).join(", ");
  return {
    key: `topology-spread/${what}`,
    words: `${rule} asks for nodes with label ${missing}, and no node that it may use has it (${names}${usable.length > 3 ? ", …" : ""})`,
    evidence: [...evidence, ...shown.map((node) => fromControlPlane(node, `metadata.labels[${missing}]`, "(absent)"))],
    decide: `label the nodes with their ${missing}, use a topologyKey that they have (kubernetes.io/hostname), or ScheduleAnyway`,
  };
}

function isOnNone(nodes: readonly SnapshotObject[], key: string): boolean {
  return nodes.length > 0 && nodes.every(({ metadata }) => metadata.labels?.[key] === undefined);
}

function minDomains({ minDomains: least }: Json): string {
  return typeof least === "number" && least > 1 ? ` and minDomains ${least}` : "";
}
