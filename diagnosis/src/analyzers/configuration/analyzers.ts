import type { Analyzer } from "../../analyzer.ts";
import { CONFIGURATION_KINDS, NETWORK_KINDS, WORKLOAD_KINDS } from "../../needed-kinds.ts";
import { configuredPort } from "./configured-port.ts";
import { staleConfiguration } from "./stale-configuration.ts";
import { tokenAudience } from "./token-audience.ts";
import { twiceEncoded } from "./twice-encoded.ts";
import { wantedFile } from "./wanted-file.ts";

const KINDS = [...WORKLOAD_KINDS, ...CONFIGURATION_KINDS];

/** What workloads take from ConfigMaps and Secrets. */
export const CONFIGURATION: readonly Analyzer[] = [
  { name: "stale-configuration", kinds: [...KINDS, ...NETWORK_KINDS], find: staleConfiguration },
  { name: "configured-port", kinds: [...KINDS, ...NETWORK_KINDS], find: configuredPort },
  { name: "wanted-file", kinds: KINDS, find: wantedFile },
  { name: "twice-encoded", kinds: [...KINDS, ...NETWORK_KINDS], find: twiceEncoded },
  { name: "token-audience", kinds: WORKLOAD_KINDS, find: tokenAudience },
];
