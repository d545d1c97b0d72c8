/** What an evidence id stands for, redacted, in full. */
export interface KeptEvidence {
  readonly text: string;
  /** Absent: a text of ours. Else a tenant can write it, and this says where it comes from. */
  readonly source?: string;
  /** True when the original was longer than what is kept. */
  readonly cut: boolean;
}

/** The original, or the call that makes it anew; both undefined when the id was never seen. */
export interface EvidenceAnswer {
  readonly kept: KeptEvidence | undefined;
  readonly call: string | undefined;
}

export interface EvidenceStore {
  /** `owner` tells principals and runs apart: nobody reads what another was shown. */
  keep(owner: string, evidence: OfferedEvidence): void;
  read(owner: string, id: string): EvidenceAnswer;
}

interface OfferedEvidence {
  readonly id: string;
  readonly text: string;
  readonly source?: string;
  /** The call that it came from, in words. */
  readonly call: string;
}

interface EvidenceBounds {
  readonly now: () => number;
  readonly ttlMs: number;
  readonly maxEntries: number;
  readonly maxEntriesPerOwner: number;
  readonly maxBytes: number;
  readonly maxEntryBytes: number;
}

export const EVIDENCE_BOUNDS = {
  ttlMs: 30 * 60_000,
  maxEntries: 1_000,
  maxEntriesPerOwner: 100,
  maxBytes: 16 * 1024 * 1024,
  maxEntryBytes: 256 * 1024,
} as const;

interface Entry extends KeptEvidence {
  readonly owner: string;
  readonly keptAt: number;
  readonly bytes: number;
}

/** Calls outlive their originals, so that a miss can name what to repeat. */
const MAX_CALLS = 5_000;
const MAX_CALL_LENGTH = 300;

/** Originals in memory, the oldest given up first. Nothing depends on it: a replica without the original names the call. */
export function createEvidenceStore(bounds: EvidenceBounds): EvidenceStore {
  const entries = new Map<string, Entry>();
  const calls = new Map<string, string>();
  let bytes = 0;

  function drop(key: string): void {
    bytes -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  }

  function makeRoom(owner: string, more: number): void {
    const own = [...entries].filter(([, entry]) => entry.owner === owner);
    for (const [key] of own.slice(0, Math.max(0, own.length + 1 - bounds.maxEntriesPerOwner))) drop(key);
    for (const [key, { keptAt }] of entries) {
      const fits = entries.size < bounds.maxEntries && bytes + more <= bounds.maxBytes;
      if (fits && bounds.now() - keptAt <= bounds.ttlMs) return;
      drop(key);
    }
  }

  function remember(key: string, call: string): void {
    calls.delete(key);
    calls.set(key, call.slice(0, MAX_CALL_LENGTH));
    const [oldest] = calls.keys();
    if (calls.size > MAX_CALLS && oldest !== undefined) calls.delete(oldest);
  }

  return {
    keep(owner, { id, text, source, call }) {
      const key = keyOf(owner, id);
      const whole = firstBytes(text, bounds.maxEntryBytes);
      const size = Buffer.byteLength(whole);
      drop(key);
      makeRoom(owner, size);
      bytes += size;
      const origin = source === undefined ? {} : { source };
      const cut = whole.length < text.length;
      entries.set(key, { text: whole, ...origin, cut, owner, keptAt: bounds.now(), bytes: size });
      remember(key, call);
    },
    read(owner, id) {
      const key = keyOf(owner, id);
      const entry = entries.get(key);
      const isFresh = entry !== undefined && bounds.now() - entry.keptAt <= bounds.ttlMs;
      return { kept: isFresh ? entry : undefined, call: calls.get(key) };
    },
  };
}

const keyOf = (owner: string, id: string) => `${owner}\0${id}`;

/** Whole lines, as many as fit; the beginning of the first one when not even that does. */
function firstBytes(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const cut = Buffer.from(text).subarray(0, maxBytes).toString();
  const end = cut.lastIndexOf("\n");
  return end > 0 ? cut.slice(0, end) : cut.slice(0, -1);
}
