import type { Analyzer } from "../../analyzer.ts";
import { EXTENSION_KINDS, NODE_KINDS, SCALING_KINDS, WORKLOAD_KINDS } from "../../needed-kinds.ts";
import { autoscaler } from "./autoscaler.ts";
import { disruptionBudget } from "./disruption-budget.ts";

/** How many pods there are, and how many may be away. */
export const SCALING: readonly Analyzer[] = [
  { name: "autoscaler", kinds: [...WORKLOAD_KINDS, ...SCALING_KINDS, ...EXTENSION_KINDS], find: autoscaler },
  { name: "disruption-budget", kinds: [...WORKLOAD_KINDS, ...SCALING_KINDS, ...NODE_KINDS], find: disruptionBudget },
];
