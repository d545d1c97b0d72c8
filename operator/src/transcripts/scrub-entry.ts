import { type JournalEntry, journalEntrySchema } from "@sre-agent/crds";
import type { Scrub } from "../scrub.ts";

/**
 * The entry without credentials in any of its texts, at any depth. `mark` is the run's mark around untrusted text, kept
 * as it is. What the provider or the run has to find unchanged is kept by its place in the entry, never by its name:
 * names inside a tool's answer are chosen by whoever wrote the object.
 */
export function scrubEntry(entry: JournalEntry, mark: string | undefined, scrub: Scrub): JournalEntry {
  const keepingMark = mark === undefined || mark === "" ? scrub : (text: string) => aroundMark(text, mark, scrub);
  // A placeholder may be longer than what it replaces, beyond the bound of its member: then it is cut.
  const noLonger = (text: string) => keepingMark(text).slice(0, text.length);
  for (const attempt of [keepingMark, noLonger]) {
    const scrubbed = journalEntrySchema.safeParse(scrubKnown(entry, attempt));
    if (scrubbed.success) return scrubbed.data;
  }
  const { seq, at } = entry;
  return { seq, at, kind: "note", code: "ENTRY_UNSAFE", message: `A ${entry.kind} entry could not be redacted.` };
}

function aroundMark(text: string, mark: string, scrub: Scrub): string {
  return text.split(mark).map(scrub).join(mark);
}

function scrubKnown(entry: JournalEntry, scrub: Scrub): unknown {
  const clean = <T extends object>(value: T) => scrubMembers(value, scrub);
  switch (entry.kind) {
    case "begun":
      return { ...clean(entry), prefix: entry.prefix, mark: entry.mark };
    case "turn": {
      // Opaque items are the provider's, and are refused when they come back changed.
      const { opaque, ...turn } = entry;
      const calls = turn.calls.map((call) => ({ ...clean(call), id: call.id }));
      return { ...clean(turn), calls, ...(opaque === undefined ? {} : { opaque }) };
    }
    case "results":
      return { ...clean(entry), results: entry.results.map((one) => ({ ...clean(one), callId: one.callId })) };
    default:
      return clean(entry);
  }
}

function scrubMembers(value: object, scrub: Scrub): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, scrubValue(member, scrub)]));
}

function scrubValue(value: unknown, scrub: Scrub): unknown {
  if (typeof value === "string") return scrub(value);
  if (Array.isArray(value)) return value.map((item) => scrubValue(item, scrub));
  return typeof value === "object" && value !== null ? scrubMembers(value, scrub) : value;
}
