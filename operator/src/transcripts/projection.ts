import type { JournalEntry, JournalEntryOf, ToolCall, ToolResult, TranscriptEntry } from "@sre-agent/crds";
import { bound } from "@sre-agent/redaction";
import type { Scrub } from "../scrub.ts";

const MAX_ENTRIES = 20;
const MAX_TEXT_BYTES = 2_048;
const MAX_TOTAL_BYTES = 64 * 1024;

/** A line before it is bounded. */
interface Line extends Omit<TranscriptEntry, "truncated" | "bytes"> {}

/**
 * What a person reads in `status.transcript`: the last 20 steps, one line each, text of at most 2 KiB, all of it at
 * most 64 KiB. Pure; older steps are in the SreTranscripts.
 */
export function projectTranscript(journal: readonly JournalEntry[], scrub: Scrub): TranscriptEntry[] {
  return withinTotal(projectWhole(journal, scrub).slice(-MAX_ENTRIES));
}

/** Every step of a run, each bounded, their number not: for a reader with the whole journal at hand. */
export function projectWhole(journal: readonly JournalEntry[], scrub: Scrub): readonly TranscriptEntry[] {
  const calls = new Map<string, ToolCall>();
  return journal.flatMap((entry) => linesOf(entry, calls)).map((line) => bounded(line, scrub));
}

function withinTotal(entries: readonly TranscriptEntry[]): TranscriptEntry[] {
  const kept: TranscriptEntry[] = [];
  let bytes = 0;
  for (const entry of entries.toReversed()) {
    bytes += Buffer.byteLength(JSON.stringify(entry));
    if (bytes > MAX_TOTAL_BYTES) break;
    kept.unshift(entry);
  }
  return kept;
}

function bounded({ text, title, ...line }: Line, scrub: Scrub): TranscriptEntry {
  const short = { ...line, title: oneLine(scrub(title), 256) };
  if (text === undefined || text === "") return short;
  const clean = bound(scrub(text), { maxBytes: MAX_TEXT_BYTES, maxLines: 200 });
  return { ...short, text: clean.text, ...(clean.truncated ? { truncated: true, bytes: clean.bytes } : {}) };
}

function linesOf(entry: JournalEntry, calls: Map<string, ToolCall>): readonly Line[] {
  const { seq, at } = entry;
  switch (entry.kind) {
    case "begun":
      return [{ seq, at, kind: "begun", title: begunTitle(entry), text: entry.question }];
    case "turn":
      return turnLines(entry, calls);
    case "results":
      return entry.results.map((result) => resultLine({ seq, at }, result, calls.get(result.callId)));
    case "note":
      return [{ seq, at, kind: "note", title: entry.code, text: entry.message }];
    case "ended":
      return [{ seq, at, kind: "ended", title: endedTitle(entry), text: entry.report.rationale }];
  }
}

function begunTitle({ backend, model }: JournalEntryOf<"begun">): string {
  return `investigation begun by ${backend}${model === undefined ? "" : ` (${model})`}`;
}

function endedTitle({ report }: JournalEntryOf<"ended">): string {
  return `decision ${report.decision}, confidence ${report.confidence}${report.rootCause ? `: ${report.rootCause}` : ""}`;
}

function turnLines(turn: JournalEntryOf<"turn">, calls: Map<string, ToolCall>): readonly Line[] {
  const { seq, at, text } = turn;
  const thought: Line[] = text ? [{ seq, at, kind: "thought", title: oneLine(text, 120), text }] : [];
  const asked = turn.calls.map((call): Line => {
    calls.set(call.id, call);
    return { seq, at, kind: "call", title: describeCall(call), tool: call.tool };
  });
  return [...thought, ...asked];
}

type Moment = Pick<JournalEntry, "seq" | "at">;

function resultLine({ seq, at }: Moment, result: ToolResult, call: ToolCall | undefined): Line {
  const { tool, ok, evidence, text } = result;
  const title = `${call === undefined ? tool : describeCall(call)} → ${answerOf(result)}`;
  return { seq, at, kind: "result", title, text, tool, ok, evidence: evidence.slice(0, 20) };
}

/** Arguments that are prose or ids: they stand in the journal, not in a title. */
const UNTOLD: ReadonlySet<string> = new Set(["reason", "evidence"]);

/** `diagnose namespace shop`: the tool and its arguments as a person would say them. */
function describeCall({ tool, arguments: given, malformed }: ToolCall): string {
  if (malformed !== undefined) return `${tool} with arguments that cannot be read`;
  const told = Object.entries(given).filter(([name]) => !UNTOLD.has(name));
  const words = told.map(([name, value]) => `${name} ${wordOf(value)}`);
  return oneLine([tool, ...words].join(" "), 160);
}

function wordOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function answerOf({ ok, code, structured, text }: ToolResult): string {
  if (!ok) return code ?? "refused";
  return countOf(structured) ?? (oneLine(text.split("\n")[0] ?? "", 80) || "ok");
}

const COUNTED = { findings: "root cause", items: "object", rows: "row", events: "event" } as const;

/** `1 root cause`, when the answer is a list that people count. */
function countOf(structured: unknown): string | undefined {
  if (typeof structured !== "object" || structured === null) return undefined;
  for (const [member, noun] of Object.entries(COUNTED)) {
    const list = (structured as Record<string, unknown>)[member];
    if (Array.isArray(list)) return `${list.length} ${noun}${list.length === 1 ? "" : "s"}`;
  }
  return undefined;
}

function oneLine(text: string, max: number): string {
  const flat = text.replace(/\s+/g, " ").trim();
  return flat.length <= max ? flat : `${flat.slice(0, max - 1)}…`;
}
