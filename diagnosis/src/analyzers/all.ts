import type { Analyzer, NeededKind } from "../analyzer.ts";
import { crashLoop } from "./crash-loop.ts";
import { imagePull } from "./image-pull.ts";
import { notReady } from "./not-ready.ts";
import { oomKill } from "./oom-kill.ts";
import { rolloutStuck } from "./rollout-stuck.ts";
import { startFailure } from "./start-failure.ts";
import { unschedulable } from "./unschedulable.ts";

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
  { name: "image-pull", needs: { kinds: WORKLOADS, logs: "none" }, find: imagePull },
  { name: "start-failure", needs: { kinds: WORKLOADS, logs: "none" }, find: startFailure },
  { name: "oom-kill", needs: { kinds: WORKLOADS, logs: "none" }, find: oomKill },
  { name: "crash-loop", needs: { kinds: WORKLOADS, logs: "failing" }, find: crashLoop },
  { name: "unschedulable", needs: { kinds: WORKLOADS, logs: "none" }, find: unschedulable },
  { name: "not-ready", needs: { kinds: WORKLOADS, logs: "none" }, find: notReady },
  { name: "rollout-stuck", needs: { kinds: WORKLOADS, logs: "none" }, find: rolloutStuck },
];
