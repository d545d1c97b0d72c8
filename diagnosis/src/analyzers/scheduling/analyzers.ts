import type { Analyzer } from "../../analyzer.ts";
import { NODE_KINDS, VOLUME_KINDS, WORKLOAD_KINDS } from "../../needed-kinds.ts";
import { preemption } from "./preemption.ts";
import { unschedulable } from "./unschedulable.ts";

const KINDS = [...WORKLOAD_KINDS, ...NODE_KINDS, ...VOLUME_KINDS];

/** Why no node takes a pod. */
export const SCHEDULING: readonly Analyzer[] = [
  { name: "unschedulable", kinds: KINDS, find: unschedulable },
  { name: "preemption", kinds: KINDS, find: preemption },
];
