import type { Analyzer } from "../../analyzer.ts";
import { WORKLOAD_KINDS } from "../../needed-kinds.ts";
import { unschedulable } from "./unschedulable.ts";

/** Why no node takes a pod. */
export const SCHEDULING: readonly Analyzer[] = [{ name: "unschedulable", kinds: WORKLOAD_KINDS, find: unschedulable }];
