import { fromControlPlane } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textAt } from "../../snapshot/json.ts";
import { usableNodes } from "./eligible-nodes.ts";
import type { SchedulingReason, Unscheduled } from "./unschedulable.ts";

const SHOWN = 3;

/** Nodes that hold as many pods as their kubelets take, whatever CPU and memory are left. */
export function podCount(
  _index: SnapshotIndex,
  { message, nodes: eligible }: Unscheduled,
): SchedulingReason | undefined {
  const [, count] = /(\d+) Too many pods/.exec(message) ?? [];
  if (count === undefined) return undefined;
  const nodes = usableNodes(eligible).flatMap((node) => {
    const pods = textAt(node, "status", "allocatable", "pods");
    return pods === undefined || pods === "0" ? [] : [{ node, pods }];
  });
  const bounds = nodes.slice(0, SHOWN).map(({ node, pods }) => `${node.metadata.name} ${pods}`);
  const limits = bounds.length === 0 ? "" : `: ${bounds.join(", ")}${nodes.length > SHOWN ? ", …" : ""}`;
  return {
    key: "pod-count",
    words: `${count === "1" ? "1 node holds as many pods as it" : `${count} nodes hold as many pods as they`} may (status.allocatable.pods${limits})`,
    evidence: nodes.slice(0, SHOWN).map(({ node, pods }) => fromControlPlane(node, "status.allocatable.pods", pods)),
    decide: "add a node, or find what makes so many pods",
    anyRevision: true,
  };
}
