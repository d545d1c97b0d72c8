import { API_VERSION, APPROVAL, GROUP, REMEDIATION, type SreRemediation } from "@sre-agent/crds";
import { type Connection, createReader, createRecordWriter, type KubeObject, whoAmI } from "@sre-agent/kube";
import { existingObject } from "./existing-object.ts";

export interface ApprovalRequest {
  readonly remediation: SreRemediation;
  readonly decision: "Approve" | "Reject";
  readonly reason?: string;
  readonly signal: AbortSignal;
}

const MAX_GROUPS = 64;

/** The record that a person is about to decide on. */
export function readRemediation(
  connection: Connection,
  ref: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<SreRemediation> {
  const kind = { apiVersion: API_VERSION, kind: REMEDIATION.kind };
  return existingObject<KubeObject & SreRemediation>(createReader(connection), { ...kind, ...ref }, signal);
}

/**
 * Creates the SreApproval with the connection's own credential. The API server checks that the approver is who creates
 * it and may make the write. Answers with the approver's name.
 */
export async function createApproval(connection: Connection, request: ApprovalRequest): Promise<string> {
  const { remediation, decision, reason, signal } = request;
  const { username, groups = [] } = await whoAmI(connection, { signal });
  const { name, namespace, uid } = remediation.metadata;
  // Kept as long as the record that it is about, and no longer.
  const ownerReferences = [{ apiVersion: API_VERSION, kind: REMEDIATION.kind, name, uid }];
  await createRecordWriter(connection, { group: GROUP }).create(
    {
      apiVersion: API_VERSION,
      kind: APPROVAL.kind,
      metadata: { generateName: `${name}-`, ownerReferences, ...(namespace === undefined ? {} : { namespace }) },
      spec: {
        remediationRef: { name, uid },
        digest: remediation.spec.approvalDigest,
        decision,
        approver: username,
        groups: groups.slice(0, MAX_GROUPS),
        write: remediation.spec.write,
        ...(reason === undefined ? {} : { reason }),
      },
    },
    { signal },
  );
  return username;
}
