import { isKubeError, type KubeObject, type ObjectRef, type Reader } from "@sre-agent/kube";

export type Stored = KubeObject & Readonly<Record<string, unknown>>;
/** `missing`: it is not there; `hidden`: we may not look. */
export type Looked = Stored | "missing" | "hidden";

interface Eyes {
  readonly reader: Reader;
  readonly signal: AbortSignal;
}

/** Reads one object, or says why it cannot be. Rejects with KubeError for everything else. */
export async function look({ reader, signal }: Eyes, ref: ObjectRef): Promise<Looked> {
  try {
    return await reader.get<Stored>(ref, { signal });
  } catch (error) {
    if (isKubeError(error, "NOT_FOUND", "UNKNOWN_KIND")) return "missing";
    if (isKubeError(error, "FORBIDDEN")) return "hidden";
    throw error;
  }
}
