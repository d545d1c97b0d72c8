import { API_VERSION, REMEDIATION, type SreRemediation } from "@sre-agent/crds";
import { isKubeError, type KubeObject } from "@sre-agent/kube";
import type { InvestigationDependencies, Run } from "./step.ts";

/** The ledger record `name` as it is now; undefined when there is none, or when it belongs to another run. */
export async function readRemediation(
  { reader }: Pick<InvestigationDependencies, "reader">,
  { metadata: { namespace, uid } }: Run,
  { name, signal }: { readonly name: string; readonly signal: AbortSignal },
): Promise<SreRemediation | undefined> {
  const ref = {
    apiVersion: API_VERSION,
    kind: REMEDIATION.kind,
    name,
    ...(namespace === undefined ? {} : { namespace }),
  };
  try {
    const record = await reader.get<SreRemediation & KubeObject>(ref, { signal });
    return record.spec.runRef?.uid === uid ? record : undefined;
  } catch (error) {
    if (isKubeError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}
