import type { Analyzer } from "../../analyzer.ts";
import { CONFIGURATION_KINDS, VOLUME_KINDS, WORKLOAD_KINDS } from "../../needed-kinds.ts";
import { failedAttach } from "./attach.ts";
import { subPath } from "./sub-path.ts";
import { unboundClaim } from "./unbound-claim.ts";

const KINDS = [...WORKLOAD_KINDS, ...VOLUME_KINDS];

/** Claims, the volumes they bind, and how these reach a node. */
export const VOLUMES: readonly Analyzer[] = [
  { name: "unbound-claim", kinds: KINDS, find: unboundClaim },
  { name: "failed-attach", kinds: KINDS, find: failedAttach },
  { name: "sub-path", kinds: [...KINDS, ...CONFIGURATION_KINDS], find: subPath },
];
