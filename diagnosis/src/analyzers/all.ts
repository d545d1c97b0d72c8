import type { Analyzer, NeededKind } from "../analyzer.ts";
import { crashLoop } from "./crash-loop.ts";

const apps = (kind: string): NeededKind => ({ apiVersion: "apps/v1", kind });
const core = (kind: string): NeededKind => ({ apiVersion: "v1", kind });
const batch = (kind: string): NeededKind => ({ apiVersion: "batch/v1", kind });

const WORKLOADS: readonly NeededKind[] = [
  ...["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"].map(apps),
  ...["Job", "CronJob"].map(batch),
  ...["Pod", "Event"].map(core),
];

/** Every analyzer, causes before symptoms. */
export const ANALYZERS: readonly Analyzer[] = [
  { name: "crash-loop", needs: { kinds: WORKLOADS, logs: "failing" }, find: crashLoop },
];
