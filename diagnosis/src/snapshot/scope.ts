import type { SnapshotIndex } from "./index-snapshot.ts";

/** Whether the Services, pods and so on of a namespace were read, so that a missing one is really missing. */
export function sees(index: SnapshotIndex, namespace: string): boolean {
  return index.snapshot.namespaces.includes(namespace);
}

/** Whether the question is about one namespace: what is wrong elsewhere in the cluster is then another question. */
export function isOneNamespace(index: SnapshotIndex): boolean {
  return index.snapshot.namespaces.length === 1;
}
