import type { Analyzer } from "../../analyzer.ts";
import { ACCESS_KINDS, CONFIGURATION_KINDS, WORKLOAD_KINDS } from "../../needed-kinds.ts";
import { actingCronJob } from "./acting-cron-job.ts";
import { revertedTemplate } from "./reverted-template.ts";

const KINDS = [...WORKLOAD_KINDS, ...CONFIGURATION_KINDS, ...ACCESS_KINDS];

/** Programs that write what others repair. */
export const ACTORS: readonly Analyzer[] = [
  { name: "acting-cron-job", kinds: KINDS, find: actingCronJob },
  { name: "reverted-template", kinds: WORKLOAD_KINDS, find: revertedTemplate },
];
