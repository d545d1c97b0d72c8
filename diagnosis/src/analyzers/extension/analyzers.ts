import type { Analyzer } from "../../analyzer.ts";
import {
  ADMISSION_KINDS,
  CONFIGURATION_KINDS,
  EXTENSION_KINDS,
  NETWORK_KINDS,
  NODE_KINDS,
  WORKLOAD_KINDS,
} from "../../needed-kinds.ts";
import { customReference } from "./custom-reference.ts";
import { customResource } from "./custom-resource.ts";
import { finalizer } from "./finalizer.ts";
import { rewrittenPod } from "./rewritten-pod.ts";
import { servedApi } from "./served-api.ts";
import { webhook } from "./webhook.ts";

const KINDS = [
  ...WORKLOAD_KINDS,
  ...CONFIGURATION_KINDS,
  ...NETWORK_KINDS,
  ...NODE_KINDS,
  ...ADMISSION_KINDS,
  ...EXTENSION_KINDS,
];

/** What extends the API server: webhooks, aggregated and custom kinds, finalizers. */
export const EXTENSION: readonly Analyzer[] = [
  { name: "webhook", kinds: KINDS, find: webhook },
  { name: "rewritten-pod", kinds: KINDS, find: rewrittenPod },
  { name: "served-api", kinds: KINDS, find: servedApi },
  { name: "finalizer", kinds: KINDS, find: finalizer },
  { name: "custom-reference", kinds: KINDS, find: customReference },
  { name: "custom-resource", kinds: KINDS, find: customResource },
];
