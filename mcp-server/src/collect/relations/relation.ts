import type { SnapshotIndex, SnapshotObject } from "@sre-agent/diagnosis";

/** What stands in one relation to an object, each with its state in a few words. */
export interface Relation {
  readonly label: string;
  readonly items: readonly string[];
}

export type Relate = (index: SnapshotIndex, object: SnapshotObject) => readonly Relation[];

/** A relation that is left out when nothing stands in it. */
export function relation(label: string, items: readonly string[]): readonly Relation[] {
  return items.length === 0 ? [] : [{ label, items }];
}

const WORKLOADS = new Set(["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"]);

/** Has pods, or is one. */
export const runsPods = ({ kind }: SnapshotObject): boolean => WORKLOADS.has(kind);
