import type { Analyzer } from "../../analyzer.ts";
import { EXTENSION_KINDS, NODE_KINDS, WORKLOAD_KINDS } from "../../needed-kinds.ts";
import { namespaceDeletion } from "./namespace.ts";
import { node } from "./node.ts";

/** What all workloads stand on: nodes and namespaces. */
export const CLUSTER: readonly Analyzer[] = [
  { name: "node", kinds: [...WORKLOAD_KINDS, ...NODE_KINDS], find: node },
  { name: "namespace-deletion", kinds: [...NODE_KINDS, ...EXTENSION_KINDS], find: namespaceDeletion },
];
