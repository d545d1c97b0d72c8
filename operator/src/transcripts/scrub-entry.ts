import { type JournalEntry, journalEntrySchema } from "@sre-agent/crds";
import type { Scrub } from "../scrub.ts";

/** Members whose text is an identifier or belongs to the provider: changed, they would no longer match. */
const KEPT = new Set(["opaque", "prefix", "mark", "id", "callId", "kind", "at", "evidence", "digest", "name", "uid"]);

/** The entry without credentials in any of its texts. `mark` is the run's mark around untrusted text, kept as it is. */
export function scrubEntry(entry: JournalEntry, mark: string | undefined, scrub: Scrub): JournalEntry {
  const keepingMark = mark === undefined || mark === "" ? scrub : (text: string) => aroundMark(text, mark, scrub);
  const scrubbed = journalEntrySchema.safeParse(scrubValue(entry, keepingMark));
  if (scrubbed.success) return scrubbed.data;
  // A placeholder may be longer than what it replaces, beyond the bound of its member.
  const { seq, at } = entry;
  return { seq, at, kind: "note", code: "ENTRY_UNSAFE", message: `A ${entry.kind} entry could not be redacted.` };
}

function aroundMark(text: string, mark: string, scrub: Scrub): string {
  return text.split(mark).map(scrub).join(mark);
}

function scrubValue(value: unknown, scrub: Scrub): unknown {
  if (typeof value === "string") return scrub(value);
  if (Array.isArray(value)) return value.map((item) => scrubValue(item, scrub));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, KEPT.has(name) ? member : scrubValue(member, scrub)]),
  );
}
