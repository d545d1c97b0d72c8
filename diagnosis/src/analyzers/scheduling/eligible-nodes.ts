import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { isOpenTo, isSelected, reachesVolumes } from "../../snapshot/node-match.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** How far each node comes for a pod. What keeps a node off that the pod could not use anyway is no cause of anything. */
export interface EligibleNodes {
  /** Nodes were read; without them the scheduler's words are all that there is. */
  readonly known: boolean;
  /** Nodes that its nodeSelector and its required node affinity allow. */
  readonly selected: readonly SnapshotObject[];
  /** Of those, nodes that reach the volumes that its claims are bound to. */
  readonly reachable: readonly SnapshotObject[];
  /** Of those, nodes that are neither cordoned nor tainted against it. */
  readonly open: readonly SnapshotObject[];
  readonly all: readonly SnapshotObject[];
}

export function eligibleNodes(index: SnapshotIndex, pod: SnapshotObject): EligibleNodes {
  const all = index.ofKind("Node");
  const selected = all.filter((node) => isSelected(node, pod));
  const reachable = selected.filter((node) => reachesVolumes(index, node, pod));
  const open = reachable.filter((node) => isOpenTo(index, node, pod));
  return { known: all.length > 0, selected, reachable, open, all };
}

/** The nodes that count: those that would take it, else those that something keeps from it, else all. */
export function usableNodes({ open, reachable, all }: EligibleNodes): readonly SnapshotObject[] {
  return [open, reachable].find((nodes) => nodes.length > 0) ?? all;
}
