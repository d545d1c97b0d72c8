import { isKubeError, type KubeObject, type ObjectRef } from "@sre-agent/kube";
import type { Cluster } from "./cluster-checks.ts";

export type Stored = KubeObject & Readonly<Record<string, unknown>>;
/** `missing`: it is not there; `hidden`: we may not look. */
export type Looked = Stored | "missing" | "hidden";

/** Reads one object, or says why it cannot be. Rejects with KubeError for everything else. */
export async function look({ reader, signal }: Cluster, ref: ObjectRef): Promise<Looked> {
  try {
    return await reader.get<Stored>(ref, { signal });
  } catch (error) {
    if (isKubeError(error, "NOT_FOUND", "UNKNOWN_KIND")) return "missing";
    if (isKubeError(error, "FORBIDDEN")) return "hidden";
    throw error;
  }
}
