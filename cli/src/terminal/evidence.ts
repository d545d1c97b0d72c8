import { type JournalEntry, type Receipt, receiptSchema, type ToolResult } from "@sre-agent/crds";

/** What a run received under an evidence id. */
export interface ReceivedEvidence {
  readonly tool: string;
  readonly text: string;
}

const MAX_LINES = 4;
const MAX_LINE = 400;
/** Lines of a reply that belong to no evidence. */
const BESIDE = /^(Looked at |Not looked at: |\d+ more finding)/;

/** The text behind every evidence id of a journal, cut to a few lines; the first time that it was received. */
export function evidenceIn(journal: readonly JournalEntry[]): ReadonlyMap<string, ReceivedEvidence> {
  const received = resultsIn(journal).flatMap(({ evidence, text, tool }) =>
    evidence.map((id) => [id, { tool, text: blockOf(text, id, evidence) }] as const),
  );
  return new Map(received.toReversed());
}

function resultsIn(journal: readonly JournalEntry[]): readonly ToolResult[] {
  return journal.flatMap((entry) => (entry.kind === "results" ? entry.results : []));
}

/** From the mark of the id to the next mark: the lines that the tool gave under it. */
function blockOf(text: string, id: string, all: readonly string[]): string {
  const start = text.indexOf(`[${id}]`);
  const rest = start === -1 ? text : text.slice(start + id.length + 2);
  const ends = all.flatMap((other) => (other === id ? [] : [rest.indexOf(`\n[${other}]`)])).filter((end) => end !== -1);
  const lines = rest
    .slice(0, Math.min(rest.length, ...ends))
    .trim()
    .split("\n")
    .filter((line) => !BESIDE.test(line));
  const left = lines.length - MAX_LINES;
  return [
    ...lines.slice(0, MAX_LINES).map((line) => (line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line)),
    ...(left > 0 ? [`(${left} more lines)`] : []),
  ].join("\n");
}

/** The last change that an act tool recorded or previewed in a run. */
export function proposalIn(journal: readonly JournalEntry[]): Receipt | undefined {
  return resultsIn(journal)
    .flatMap(({ structured }) => receiptSchema.safeParse(structured).data ?? [])
    .at(-1);
}
