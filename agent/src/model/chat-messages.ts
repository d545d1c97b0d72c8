import type { JournalEntry, JournalEntryOf, ToolCall, ToolResult } from "@sre-agent/crds";
import { envelope } from "@sre-agent/redaction";
import type { ChatCompletionMessageParam } from "openai/resources/chat/completions";
import { isForced, isNudge } from "../loop/notes.ts";
import type { TurnInput } from "./model-client.ts";

type Told = Pick<TurnInput, "system" | "question" | "journal">;

export interface MessageOptions {
  /** Leaves the text of the newest results out: a filter of the provider refuses it. */
  readonly withoutNewest: boolean;
}

const LEFT_OUT = "(left out: a content filter of the model's provider refuses this text)";

/** A journal as Chat Completions tells it. Text of the cluster stands in tool messages only, as marked JSON strings. */
export function chatMessages(
  { system, question, journal }: Told,
  { withoutNewest }: MessageOptions,
): ChatCompletionMessageParam[] {
  const mark = journal.find((entry) => entry.kind === "begun")?.mark ?? "";
  const newest = journal.findLastIndex(({ kind }) => kind === "results");
  return [
    { role: "system", content: system },
    { role: "user", content: question },
    ...journal.flatMap((entry, index) => messagesOf(entry, { mark, blank: withoutNewest && index === newest })),
  ];
}

interface Telling {
  readonly mark: string;
  readonly blank: boolean;
}

function messagesOf(entry: JournalEntry, { mark, blank }: Telling): ChatCompletionMessageParam[] {
  switch (entry.kind) {
    case "turn":
      return [assistantMessage(entry)];
    case "results":
      return entry.results.map((result, index) => ({
        role: "tool",
        tool_call_id: distinct(entry.results.map(({ callId }) => callId))[index] ?? result.callId,
        content: toolContent(blank ? { ...result, text: LEFT_OUT, structured: undefined } : result, mark),
      }));
    case "note":
      return isNudge(entry) || isForced(entry) ? [{ role: "user", content: entry.message }] : [];
    default:
      return [];
  }
}

function assistantMessage({ text, calls, report }: JournalEntryOf<"turn">): ChatCompletionMessageParam {
  const content = text ?? (report === undefined ? null : JSON.stringify(report));
  if (calls.length === 0) return { role: "assistant", content: content ?? "" };
  return { role: "assistant", content, tool_calls: toolCalls(calls) };
}

function toolCalls(calls: readonly ToolCall[]) {
  const ids = distinct(calls.map(({ id }) => id));
  return calls.map((call, index) => toolCall(ids[index] ?? call.id, call));
}

/** A turn that used an id twice is told with two: some providers refuse it else. Results stand in the calls' order. */
function distinct(ids: readonly string[]): readonly string[] {
  return ids.map((id, index) => (ids.indexOf(id) === index ? id : `${id}_again_${index}`));
}

function toolCall(id: string, { tool, arguments: given }: ToolCall) {
  // Text that did not parse is not repeated: some providers refuse a history with it.
  return { id, type: "function" as const, function: { name: tool, arguments: JSON.stringify(given) } };
}

function toolContent({ tool, ok, code, text, structured, evidence }: ToolResult, mark: string): string {
  const head = JSON.stringify({ ok, ...(code === undefined ? {} : { code }), evidence });
  const body = text === "" && structured !== undefined ? JSON.stringify(structured) : text;
  return `${head}\n${envelope(body, { source: tool, writableBy: "tenant", mark })}`;
}
