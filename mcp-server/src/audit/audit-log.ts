import type { Clock } from "@sre-agent/kube";
import { type AuditEntry, type AuditHead, type AuditRecord, CHAIN_START, hashOf } from "./audit-record.ts";

/** Where records are kept. `append` resolves when the line will survive a crash. */
export interface AuditSink {
  append(line: string): Promise<void>;
}

export interface AuditLogOptions {
  readonly sink: AuditSink;
  /** Tells the head outside of the sink, so that a shortened file shows. What it throws is reported, not passed on. */
  readonly anchor: (head: AuditHead) => Promise<void>;
  readonly onAnchorFailure: (error: unknown) => void;
  /** The last record of an earlier process. */
  readonly head?: Pick<AuditHead, "sequence" | "hash">;
  readonly clock: Pick<Clock, "now">;
}

export interface AuditLog {
  /** Resolves when the record is stored; rejects when it could not be, and then nothing may be written to the cluster. */
  append(entry: AuditEntry): Promise<void>;
}

/** A hash chain: each record carries the hash of the one before, so that a changed or missing record shows. */
export function createAuditLog({ sink, anchor, onAnchorFailure, clock, ...options }: AuditLogOptions): AuditLog {
  let head = options.head ?? { sequence: 0, hash: CHAIN_START };
  let last: Promise<void> = Promise.resolve();

  async function store(entry: AuditEntry): Promise<void> {
    const at = new Date(clock.now()).toISOString();
    const content = { sequence: head.sequence + 1, at, previous: head.hash, ...entry };
    const record: AuditRecord = { ...content, hash: hashOf(content) };
    await sink.append(`${JSON.stringify(record)}\n`);
    head = { sequence: record.sequence, hash: record.hash };
    await anchor({ sequence: record.sequence, hash: record.hash, at }).catch(onAnchorFailure);
  }

  return {
    append(entry) {
      // One after the other: two records must never follow the same one.
      const stored = last.then(() => store(entry));
      last = stored.catch(() => undefined);
      return stored;
    },
  };
}
