import type { Playground } from "./playground.ts";

/** An image that such lab clusters carry; anywhere else the well-known one is pulled. */
const LOCAL_IMAGE = "localhost/toolbox:1";
const PUBLIC_IMAGE = "busybox:1.37";

/** What is looked at of a node. */
export interface NodeFacts {
  readonly spec?: {
    readonly unschedulable?: boolean;
    readonly taints?: readonly { readonly effect: string }[];
  };
  readonly status?: { readonly images?: readonly { readonly names?: readonly string[] }[] };
}

/** The image that a pod of the demo can start from on every node that takes it: nothing is pulled where all carry one. */
export function usableImage(nodes: readonly NodeFacts[]): Playground["image"] {
  const takers = nodes.filter(takesPods);
  const isLocal = takers.length > 0 && takers.every(carries);
  return isLocal ? { name: LOCAL_IMAGE, pullPolicy: "Never" } : { name: PUBLIC_IMAGE, pullPolicy: "IfNotPresent" };
}

function takesPods({ spec }: NodeFacts): boolean {
  const isTainted = spec?.taints?.some(({ effect }) => effect !== "PreferNoSchedule") ?? false;
  return spec?.unschedulable !== true && !isTainted;
}

function carries({ status }: NodeFacts): boolean {
  return status?.images?.some(({ names }) => names?.includes(LOCAL_IMAGE)) ?? false;
}
