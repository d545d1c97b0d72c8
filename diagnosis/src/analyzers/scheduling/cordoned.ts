import { fromControlPlane } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import type { SchedulingReason, Unscheduled } from "./unschedulable.ts";

/** Nodes that would take the pod but are cordoned. */
export function cordoned(index: SnapshotIndex, { message }: Unscheduled): SchedulingReason | undefined {
  if (!/were unschedulable|unschedulable\b.*node/.test(message)) return undefined;
  const nodes = index.ofKind("Node").filter((node) => {
    const { spec } = node as { readonly spec?: { readonly unschedulable?: unknown } };
    return spec?.unschedulable === true;
  });
  const names = nodes
    .map(({ metadata }) => metadata.name)
    .slice(0, 5)
    .join(", ");
  return {
    key: "cordoned",
    words: `node ${names || "(not seen)"} is cordoned (spec.unschedulable true)`,
    evidence: nodes.slice(0, 3).map((node) => fromControlPlane(node, "spec.unschedulable", "true")),
    decide: `uncordon ${names || "the node"} when its maintenance is over, or add a node`,
    restsOn: nodes,
  };
}
