import type { Analyzer } from "../../analyzer.ts";
import { CONFIGURATION_KINDS, NETWORK_KINDS, NODE_KINDS, WORKLOAD_KINDS } from "../../needed-kinds.ts";
import { blockedJob } from "./blocked-job.ts";
import { cronJob } from "./cron-job.ts";
import { failedJob } from "./failed-job.ts";
import { heldTemplate } from "./held-template.ts";
import { idleDaemonSet } from "./idle-daemon-set.ts";
import { rolloutStrategy } from "./rollout-strategy.ts";
import { rolloutStuck } from "./rollout-stuck.ts";
import { statefulSet } from "./stateful-set.ts";
import { terminatingPod } from "./terminating-pod.ts";

/** What workloads do with their pods: rollouts, Jobs, StatefulSets. */
export const WORKLOADS: readonly Analyzer[] = [
  { name: "rollout-stuck", kinds: WORKLOAD_KINDS, find: rolloutStuck },
  { name: "rollout-strategy", kinds: WORKLOAD_KINDS, find: rolloutStrategy },
  { name: "stateful-set", kinds: WORKLOAD_KINDS, find: statefulSet },
  { name: "failed-job", kinds: [...WORKLOAD_KINDS, ...CONFIGURATION_KINDS, ...NETWORK_KINDS], find: failedJob },
  { name: "blocked-job", kinds: WORKLOAD_KINDS, find: blockedJob },
  { name: "cron-job", kinds: WORKLOAD_KINDS, find: cronJob },
  { name: "held-template", kinds: WORKLOAD_KINDS, find: heldTemplate },
  { name: "terminating-pod", kinds: [...WORKLOAD_KINDS, ...NODE_KINDS], find: terminatingPod },
  { name: "idle-daemon-set", kinds: [...WORKLOAD_KINDS, ...NETWORK_KINDS, ...NODE_KINDS], find: idleDaemonSet },
];
