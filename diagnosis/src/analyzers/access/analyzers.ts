import type { Analyzer } from "../../analyzer.ts";
import { ACCESS_KINDS, CONFIGURATION_KINDS, WORKLOAD_KINDS } from "../../needed-kinds.ts";
import { automount } from "./automount.ts";
import { forbidden } from "./forbidden.ts";

const KINDS = [...WORKLOAD_KINDS, ...CONFIGURATION_KINDS, ...ACCESS_KINDS];

/** What the API server refuses to workloads, and what they lack to ask it. */
export const ACCESS: readonly Analyzer[] = [
  { name: "forbidden", kinds: KINDS, find: forbidden },
  { name: "automount", kinds: KINDS, find: automount },
];
