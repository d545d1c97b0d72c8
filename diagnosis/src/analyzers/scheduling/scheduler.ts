import { fromControlPlane, fromTenant } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, textAt } from "../../snapshot/json.ts";
import { condition } from "../../snapshot/pod-state.ts";
import { podSpecPath } from "../../snapshot/pod-template.ts";
import type { SchedulingReason, Unscheduled } from "./unschedulable.ts";

/** Scheduling gates that nobody removed. */
export function gated(_index: SnapshotIndex, { pod, workload }: Unscheduled): SchedulingReason | undefined {
  if (textAt(condition(pod, "PodScheduled"), "reason") !== "SchedulingGated") return undefined;
  const gates = objectsAt(pod, "spec", "schedulingGates")
    .map(({ name }) => String(name))
    .join(", ");
  const path = `${podSpecPath(workload)}.schedulingGates`;
  return {
    key: `gate/${gates}`,
    words: `scheduling gate ${gates} (${path}) was never removed, so that the scheduler does not look at it`,
    evidence: [fromTenant(pod, "spec.schedulingGates", gates)],
    decide: `let the controller that owns gate ${gates} remove it, or take the gate out of the template`,
  };
}

/** No word of any scheduler: its name is unknown, or it does not run; or the pod names a node that is not there. */
export function neverScheduled(index: SnapshotIndex, unscheduled: Unscheduled): SchedulingReason | undefined {
  const { pod, workload, message } = unscheduled;
  if (message !== "" || condition(pod, "PodScheduled") !== undefined) return undefined;
  const node = textAt(pod, "spec", "nodeName");
  if (node !== undefined) return absentNode(index, unscheduled, node);
  const name = textAt(pod, "spec", "schedulerName") ?? "default-scheduler";
  const path = `${podSpecPath(workload)}.schedulerName`;
  const other = name !== "default-scheduler";
  return {
    key: `scheduler/${name}`,
    words: other
      ? `${path} names scheduler ${name}, which has not looked at it`
      : "the scheduler has not looked at it: it may not be running",
    evidence: [
      fromControlPlane(pod, "status.conditions[PodScheduled]", "(absent)"),
      fromTenant(pod, "spec.schedulerName", name),
    ],
    decide: other ? `run scheduler ${name}, or use default-scheduler in ${path}` : "repair the cluster's scheduler",
  };
}

function absentNode(index: SnapshotIndex, { pod, workload }: Unscheduled, node: string): SchedulingReason | undefined {
  if (!index.knows("Node") || index.byName("Node", undefined, node) !== undefined) return undefined;
  const path = `${podSpecPath(workload)}.nodeName`;
  return {
    key: `node-name/${node}`,
    words: `${path} names node ${node}, which does not exist`,
    evidence: [fromTenant(pod, "spec.nodeName", node)],
    decide: `take ${path} out of the template, or name a node that exists`,
  };
}
