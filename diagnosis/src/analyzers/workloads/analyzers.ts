import type { Analyzer } from "../../analyzer.ts";
import { WORKLOAD_KINDS } from "../../needed-kinds.ts";
import { rolloutStuck } from "./rollout-stuck.ts";

/** What workloads do with their pods: rollouts, Jobs, StatefulSets. */
export const WORKLOADS: readonly Analyzer[] = [{ name: "rollout-stuck", kinds: WORKLOAD_KINDS, find: rolloutStuck }];
