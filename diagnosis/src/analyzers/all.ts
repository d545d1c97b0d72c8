import type { Analyzer } from "../analyzer.ts";
import { ACCESS } from "./access/analyzers.ts";
import { ACTORS } from "./actors/analyzers.ts";
import { ADMISSION } from "./admission/analyzers.ts";
import { CLUSTER } from "./cluster/analyzers.ts";
import { CONFIGURATION } from "./configuration/analyzers.ts";
import { EXTENSION } from "./extension/analyzers.ts";
import { NETWORK } from "./network/analyzers.ts";
import { PODS } from "./pods/analyzers.ts";
import { SCALING } from "./scaling/analyzers.ts";
import { SCHEDULING } from "./scheduling/analyzers.ts";
import { VOLUMES } from "./volumes/analyzers.ts";
import { WORKLOADS } from "./workloads/analyzers.ts";

/** Every analyzer, an area after the other. Their order decides nothing: ranking does. */
export const ANALYZERS: readonly Analyzer[] = [
  ...ACCESS,
  ...ACTORS,
  ...ADMISSION,
  ...CLUSTER,
  ...CONFIGURATION,
  ...EXTENSION,
  ...NETWORK,
  ...PODS,
  ...SCALING,
  ...SCHEDULING,
  ...VOLUMES,
  ...WORKLOADS,
];
