import { type AuditHead, type AuditRecord, CHAIN_START, hashOf } from "./audit-record.ts";

type ChainHead = Pick<AuditHead, "sequence" | "hash">;

export type ChainVerdict =
  | { readonly ok: true; readonly records: number; readonly head: ChainHead }
  /** `line` counts from 1. */
  | { readonly ok: false; readonly line: number; readonly why: string };

/**
 * Checks a whole chain: every hash, every link, no gap. `anchored` is a head that was told elsewhere; a chain that
 * does not contain it was shortened or rewritten.
 */
export function verifyChain(lines: readonly string[], anchored?: ChainHead): ChainVerdict {
  let head: ChainHead = { sequence: 0, hash: CHAIN_START };
  const heads = [head];
  for (const [index, text] of lines.entries()) {
    const record = parse(text);
    const why = fault(record, head);
    if (!record || why !== undefined) return { ok: false, line: index + 1, why: why ?? "is no audit record" };
    head = { sequence: record.sequence, hash: record.hash };
    heads.push(head);
  }
  if (anchored && heads[anchored.sequence]?.hash !== anchored.hash) {
    return { ok: false, line: lines.length, why: `does not contain the anchored record ${anchored.sequence}` };
  }
  return { ok: true, records: lines.length, head };
}

function parse(text: string): AuditRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "hash" in value ? (value as AuditRecord) : undefined;
  } catch {
    return undefined;
  }
}

function fault(record: AuditRecord | undefined, head: ChainHead): string | undefined {
  if (!record) return "is no audit record";
  const { hash, ...content } = record;
  if (record.sequence !== head.sequence + 1) return `has sequence ${record.sequence} after ${head.sequence}`;
  if (record.previous !== head.hash) return "does not follow the record before";
  return hashOf(content) === hash ? undefined : "was changed";
}
