import type { SnapshotIndex, SnapshotObject } from "@sre-agent/diagnosis";
import { ownedBy, ownersOf } from "../related.ts";
import { type Relate, relation } from "./relation.ts";
import { shown, stateOf } from "./state.ts";

/** Owners from the nearest up, also those that are gone or were not read. */
export const owners: Relate = (index, object) => {
  const known = ownersOf(index, object);
  const last = known.at(-1) ?? object;
  const beyond = (last.metadata.ownerReferences ?? []).map(
    ({ kind, name }) => `${kind}/${name} (${index.knows(kind) ? "does not exist" : "not read"})`,
  );
  return relation("owned by", [...known.map((owner) => shown(index, owner)), ...beyond]);
};

/** What it owns; pods alike in state are counted. */
export const owned: Relate = (index, object) => {
  const all = ownedBy(index, object);
  const pods = all.filter(({ kind }) => kind === "Pod");
  const others = all.filter(({ kind }) => kind !== "Pod" && kind !== "ControllerRevision" && kind !== "Event");
  const current = others.filter((each) => each.kind !== "ReplicaSet" || isInUse(index, each));
  const old = others.length - current.length;
  return [
    ...relation("owns", [
      ...current.map((each) => shown(index, each)),
      ...(old === 0 ? [] : [`${old} ReplicaSets of earlier revisions`]),
    ]),
    ...relation("pods", podsByState(index, pods)),
  ];
};

function isInUse(index: SnapshotIndex, replicaSet: SnapshotObject): boolean {
  return index.childrenOf(replicaSet, "Pod").length > 0 || stateOf(index, replicaSet).match(/^0 of 0/) === null;
}

const MAX_NAMES = 3;

/** `2× Running, 1/1 ready: web-a, web-b`, the unready first. */
export function podsByState(index: SnapshotIndex, pods: readonly SnapshotObject[]): readonly string[] {
  const groups = [...Map.groupBy(pods, (pod) => stateOf(index, pod))];
  const unready = ([state]: readonly [string, unknown]) => !/^Running, (\d+)\/\1 ready/.test(state);
  const ordered = [...groups.filter(unready), ...groups.filter((group) => !unready(group))];
  return ordered.map(([state, members]) => {
    const names = members.slice(0, MAX_NAMES).map(({ metadata }) => metadata.name);
    const left = members.length - names.length;
    return `${members.length}× ${state}: ${names.join(", ")}${left > 0 ? ` and ${left} more` : ""}`;
  });
}
