import type { Analyzer } from "../analyzer.ts";
import { ADMISSION } from "./admission/analyzers.ts";
import { CONFIGURATION } from "./configuration/analyzers.ts";
import { NETWORK } from "./network/analyzers.ts";
import { PODS } from "./pods/analyzers.ts";
import { SCHEDULING } from "./scheduling/analyzers.ts";
import { VOLUMES } from "./volumes/analyzers.ts";
import { WORKLOADS } from "./workloads/analyzers.ts";

/** Every analyzer, an area after the other. Their order decides nothing: ranking does. */
export const ANALYZERS: readonly Analyzer[] = [
  ...ADMISSION,
  ...CONFIGURATION,
  ...NETWORK,
  ...PODS,
  ...SCHEDULING,
  ...VOLUMES,
  ...WORKLOADS,
];
