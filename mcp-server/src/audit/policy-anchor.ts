import type { Reader, RecordWriter } from "@sre-agent/kube";
import { readPolicy } from "../facts/policy.ts";
import type { AuditHead } from "./audit-record.ts";

const TIMEOUT_MS = 5_000;

/** Keeps the head of the chain in SrePolicy's status, by compare-and-swap; throws when it could not. */
export function createPolicyAnchor(reader: Reader, records: RecordWriter): (head: AuditHead) => Promise<void> {
  return async (head) => {
    const policy = await readPolicy(reader, AbortSignal.timeout(TIMEOUT_MS));
    if (!policy) return;
    await records.replaceStatus(policy, { ...policy.status, auditHead: head }, { timeoutMs: TIMEOUT_MS });
  };
}

/** The head that an earlier process anchored, to go on from. */
export async function anchoredHead(reader: Reader): Promise<AuditHead | undefined> {
  return (await readPolicy(reader, AbortSignal.timeout(TIMEOUT_MS)))?.status?.auditHead;
}
