import type { Analyzer } from "../../analyzer.ts";
import { WORKLOAD_KINDS } from "../../needed-kinds.ts";
import { blockedJob } from "./blocked-job.ts";
import { cronJob } from "./cron-job.ts";
import { failedJob } from "./failed-job.ts";
import { rolloutStrategy } from "./rollout-strategy.ts";
import { rolloutStuck } from "./rollout-stuck.ts";
import { statefulSet } from "./stateful-set.ts";

/** What workloads do with their pods: rollouts, Jobs, StatefulSets. */
export const WORKLOADS: readonly Analyzer[] = [
  { name: "rollout-stuck", kinds: WORKLOAD_KINDS, find: rolloutStuck },
  { name: "rollout-strategy", kinds: WORKLOAD_KINDS, find: rolloutStrategy },
  { name: "stateful-set", kinds: WORKLOAD_KINDS, find: statefulSet },
  { name: "failed-job", kinds: WORKLOAD_KINDS, find: failedJob },
  { name: "blocked-job", kinds: WORKLOAD_KINDS, find: blockedJob },
  { name: "cron-job", kinds: WORKLOAD_KINDS, find: cronJob },
];
