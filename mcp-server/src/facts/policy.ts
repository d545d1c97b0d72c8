import { API_VERSION, POLICY, POLICY_NAME, type SrePolicy } from "@sre-agent/crds";
import { isKubeError, type KubeObject, type Reader } from "@sre-agent/kube";

type Stored = SrePolicy & KubeObject;

/** The SrePolicy as it is now, never from a cache; undefined when there is none. Throws when it is not a valid one. */
export async function readPolicy(reader: Reader, signal: AbortSignal): Promise<Stored | undefined> {
  const ref = { apiVersion: API_VERSION, kind: POLICY.kind, name: POLICY_NAME };
  try {
    const stored = await reader.get<Stored>(ref, { signal });
    return { ...stored, spec: POLICY.spec.parse(stored.spec) };
  } catch (error) {
    if (isKubeError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}
