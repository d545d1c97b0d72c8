import type { JournalEntry } from "@sre-agent/crds";

type WithoutPlace<Entry> = Entry extends JournalEntry ? Omit<Entry, "seq" | "at"> : never;
/** An entry before it has its place in a journal. */
export type Content = WithoutPlace<JournalEntry>;

/** Gives an entry the next number and a time that is never before the last one's. */
export function entryAfter(journal: readonly JournalEntry[], content: Content, nowMs: number): JournalEntry {
  const last = journal.at(-1);
  const at = Math.max(nowMs, last === undefined ? 0 : Date.parse(last.at));
  return { seq: (last?.seq ?? -1) + 1, at: new Date(at).toISOString(), ...content };
}
