import { fromControlPlane } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt } from "../../snapshot/json.ts";
import { isCordonedFor, mayRunOn } from "../../snapshot/node-match.ts";
import { podSpecOf, podSpecPath } from "../../snapshot/pod-template.ts";
import type { SchedulingReason, Unscheduled } from "./unschedulable.ts";

const SHOWN = 5;

/** Nodes that would take the pod but are cordoned, where no other one would. */
export function cordoned(index: SnapshotIndex, unscheduled: Unscheduled): SchedulingReason | undefined {
  const { pod, message, nodes } = unscheduled;
  if (!/were unschedulable|unschedulable\b.*node/.test(message)) return undefined;
  if (nodes.known && nodes.open.length > 0) return undefined;
  const held = nodes.reachable.filter((node) => isCordonedFor(node, pod) && mayRunOn(index, node, pod));
  if (nodes.known && held.length === 0) return undefined;
  const names = held
    .map(({ metadata }) => metadata.name)
    .slice(0, SHOWN)
    .join(", ");
  return {
    key: "cordoned",
    words: `node ${names || "(not seen)"}${selectionText(unscheduled)} is cordoned (spec.unschedulable true)`,
    evidence: held.slice(0, 3).map((node) => fromControlPlane(node, "spec.unschedulable", "true")),
    decide: `uncordon ${names || "the node"} when its maintenance is over, or add a node`,
    restsOn: held,
  };
}

function selectionText({ pod, workload, nodes }: Unscheduled): string {
  const pairs = Object.entries(objectAt(podSpecOf(pod), "nodeSelector")).map(
    ([key, value]) => `${key}=${String(value)}`,
  );
  if (pairs.length === 0 || nodes.reachable.length !== 1) return "";
  return `, the only one that ${podSpecPath(workload)}.nodeSelector ${pairs.join(",")} allows,`;
}
