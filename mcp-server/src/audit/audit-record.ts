import { digestOf } from "@sre-agent/crds";

/** One line of the audit chain. Digests and names only, never telemetry or the content of objects. */
export interface AuditRecord {
  readonly sequence: number;
  readonly at: string;
  /** Hash of the record before; of the first one `sha256:` and zeros. */
  readonly previous: string;
  readonly kind: "proposal" | "denial" | "intent" | "outcome";
  /** Who asked for it. */
  readonly actor: string;
  readonly approver?: string;
  readonly correlationId: string;
  /** `namespace/name` of the SreRemediation. */
  readonly remediation: string;
  /** approvalDigest of the remediation. */
  readonly digest: string;
  /** Denial code or outcome. */
  readonly code?: string;
  readonly hash: string;
}

export type AuditEntry = Omit<AuditRecord, "sequence" | "at" | "previous" | "hash">;
export type AuditHead = Pick<AuditRecord, "sequence" | "hash" | "at">;

export const CHAIN_START = `sha256:${"0".repeat(64)}`;

/** The hash of a record's content, which includes the hash of the record before. */
export function hashOf(content: Omit<AuditRecord, "hash">): string {
  return digestOf(content);
}
