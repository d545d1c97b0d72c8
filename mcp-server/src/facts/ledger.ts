import { API_VERSION, APPROVAL, REMEDIATION, type SreApproval, type SreRemediation } from "@sre-agent/crds";
import type { KubeObject, Reader } from "@sre-agent/kube";

const MAX_RECORDS = 20_000;

/** Every record of the cluster, consistently: quotas are counted from it. */
export async function readLedger(reader: Reader, signal: AbortSignal): Promise<readonly SreRemediation[]> {
  const kind = { apiVersion: API_VERSION, kind: REMEDIATION.kind };
  const { items, truncated } = await reader.listAll<SreRemediation & KubeObject>(kind, {
    maxItems: MAX_RECORDS,
    signal,
  });
  if (truncated) throw new RangeError(`more than ${MAX_RECORDS} SreRemediations`);
  return items;
}

/** Approvals and rejections of the record of that name. */
export async function readApprovals(
  reader: Reader,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<readonly SreApproval[]> {
  const kind = { apiVersion: API_VERSION, kind: APPROVAL.kind };
  const { items, truncated } = await reader.listAll<SreApproval & KubeObject>(kind, { namespace, signal });
  if (truncated) throw new RangeError("too many SreApprovals in the namespace");
  return items.filter(({ spec }) => spec.remediationRef.name === name);
}
