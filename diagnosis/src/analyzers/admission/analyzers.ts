import type { Analyzer } from "../../analyzer.ts";
import { ADMISSION_KINDS, CONFIGURATION_KINDS, NODE_KINDS, WORKLOAD_KINDS } from "../../needed-kinds.ts";
import { creationRefused } from "./creation-refused.ts";

const KINDS = [...WORKLOAD_KINDS, ...ADMISSION_KINDS, ...CONFIGURATION_KINDS, ...NODE_KINDS];

/** Why pods are not let into the cluster. */
export const ADMISSION: readonly Analyzer[] = [{ name: "creation-refused", kinds: KINDS, find: creationRefused }];
