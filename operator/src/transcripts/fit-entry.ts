import type { JournalEntry, ToolResult } from "@sre-agent/crds";
import { bound } from "@sre-agent/redaction";

/** Texts of one entry are cut to these lengths, one after the other, until the entry fits. */
const TEXT_BYTES = [16_384, 4_096, 512] as const;

function sizeOf(entry: JournalEntry): number {
  return Buffer.byteLength(JSON.stringify(entry));
}

/** The entry itself when its JSON has at most `maxBytes`; else with less detail, so that the run can go on. */
export function fitEntry(entry: JournalEntry, maxBytes: number): JournalEntry {
  if (sizeOf(entry) <= maxBytes) return entry;
  for (const maxText of TEXT_BYTES) {
    const smaller = cut(entry, maxText);
    if (sizeOf(smaller) <= maxBytes) return smaller;
  }
  return {
    seq: entry.seq,
    at: entry.at,
    kind: "note",
    code: "ENTRY_TOO_LARGE",
    message: `A ${entry.kind} entry of ${sizeOf(entry)} bytes could not be stored.`,
  };
}

function cut(entry: JournalEntry, maxText: number): JournalEntry {
  if (entry.kind === "results") return { ...entry, results: entry.results.map((result) => cutResult(result, maxText)) };
  if (entry.kind !== "turn") return entry;
  // Opaque items are useless in part, and without them the model only thinks anew.
  const { opaque: _dropped, ...turn } = entry;
  return turn.text === undefined ? turn : { ...turn, text: cutText(turn.text, maxText) };
}

function cutResult({ structured: _dropped, ...result }: ToolResult, maxText: number): ToolResult {
  return { ...result, text: cutText(result.text, maxText) };
}

function cutText(text: string, maxBytes: number): string {
  const { text: kept, truncated, bytes } = bound(text, { maxBytes, maxLines: Number.POSITIVE_INFINITY });
  return truncated ? `${kept}\n(cut: ${bytes} bytes)` : kept;
}
