import type { JournalEntry, JournalEntryOf, ToolCall } from "@sre-agent/crds";
import { isForced, isNudge } from "../loop/notes.ts";
import { cutToFit } from "./context-cut.ts";
import type { TurnInput } from "./model-client.ts";
import { bareContent, digestContent, resultContent, withheldContent } from "./result-content.ts";
import { estimateTokens } from "./tokens.ts";

/** One part of a run as a model is told it; a wire puts it into its provider's form. */
export type Told =
  | {
      readonly kind: "turn";
      /** Words, or the answer as JSON; undefined when there were only calls. */
      readonly text: string | undefined;
      /** Each with an id of its own: some providers refuse one that stands twice. */
      readonly calls: readonly ToolCall[];
      /** The provider's own items of this turn, when they can be sent back in place of the rest. */
      readonly opaque: readonly unknown[] | undefined;
    }
  | { readonly kind: "results"; readonly results: readonly { readonly callId: string; readonly content: string }[] }
  | { readonly kind: "user"; readonly text: string };

/** What stands before the run in every request. */
type Prefix = Pick<TurnInput, "system" | "question" | "tools">;

export interface TellOptions {
  /** The model's window; older results are told as digests before it is full. */
  readonly contextTokens: number;
  readonly prefix: Prefix;
  /** Leaves the text of the newest results out: a filter of the provider refuses it. */
  readonly withoutNewest: boolean;
}

/** A journal as it is told, from its first turn on. Text of the cluster stands in results only, as marked JSON strings. */
export function tell(journal: readonly JournalEntry[], options: TellOptions): readonly Told[] {
  const mark = journal.find((entry) => entry.kind === "begun")?.mark ?? "";
  const [begun, newest] = [lastOf(journal, "begun"), lastOf(journal, "results")];
  const maxCharacters = Math.floor((options.contextTokens / 8) * 3);
  const whole = journal.map((entry, index) =>
    sizedEntry(entry, {
      ...{ mark, maxCharacters },
      detail: options.withoutNewest && index === newest ? "withheld" : "whole",
      // Items of another model are of no use to this one.
      keepsOpaque: index > begun,
    }),
  );
  const shorter = (detail: "digest" | "bare") =>
    journal.map((entry) => sizedEntry(entry, { mark, maxCharacters, detail, keepsOpaque: false }));
  const [digests, bares] = [shorter("digest"), shorter("bare")];
  const sizes = whole.map(({ tokens }, index) => ({
    whole: tokens,
    digest: digests[index]?.tokens ?? 0,
    bare: bares[index]?.tokens ?? 0,
  }));
  const cut = cutToFit(sizes, options.contextTokens - tokensOfPrefix(options.prefix));
  return whole.flatMap((sized, index) => {
    const shortest = index < cut.bare ? bares[index] : digests[index];
    return (index < cut.digest ? shortest : sized)?.told ?? [];
  });
}

/** Tokens of a whole prompt, from above. */
export function promptTokens(journal: readonly JournalEntry[], options: TellOptions): number {
  return tokensOfPrefix(options.prefix) + tell(journal, options).reduce((all, told) => all + tokensOf(told), 0);
}

function lastOf(journal: readonly JournalEntry[], wanted: JournalEntry["kind"]): number {
  return journal.findLastIndex(({ kind }) => kind === wanted);
}

interface Telling {
  readonly mark: string;
  readonly maxCharacters: number;
  readonly detail: keyof typeof CONTENT;
  readonly keepsOpaque: boolean;
}

const CONTENT = { whole: resultContent, digest: digestContent, bare: bareContent, withheld: withheldContent } as const;

interface Sized {
  readonly told: Told | undefined;
  readonly tokens: number;
}

/** Entries of a journal never change, so each is told and measured once in each of its forms. */
const remembered = new WeakMap<JournalEntry, Map<string, Sized>>();

function sizedEntry(entry: JournalEntry, telling: Telling): Sized {
  const forms = remembered.get(entry) ?? new Map<string, Sized>();
  const form = `${telling.detail} ${telling.mark} ${telling.maxCharacters} ${telling.keepsOpaque}`;
  const known = forms.get(form);
  if (known !== undefined) return known;
  const told = tellEntry(entry, telling);
  const sized = { told, tokens: tokensOf(told) };
  remembered.set(entry, forms.set(form, sized));
  return sized;
}

function tellEntry(entry: JournalEntry, telling: Telling): Told | undefined {
  switch (entry.kind) {
    case "turn":
      return tellTurn(entry, telling);
    case "results": {
      const ids = distinct(entry.results.map(({ callId }) => callId));
      const contentOf = CONTENT[telling.detail];
      return {
        kind: "results",
        results: entry.results.map((result, index) => ({
          callId: ids[index] ?? result.callId,
          content: contentOf(result, telling),
        })),
      };
    }
    case "note":
      return isNudge(entry) || isForced(entry) ? { kind: "user", text: entry.message } : undefined;
    default:
      return undefined;
  }
}

function tellTurn({ text, calls, report, opaque }: JournalEntryOf<"turn">, { keepsOpaque }: Telling): Told {
  const ids = distinct(calls.map(({ id }) => id));
  const told = calls.map((call, index) => ({ ...call, id: ids[index] ?? call.id }));
  const words = text ?? (report === undefined ? undefined : JSON.stringify(report));
  return { kind: "turn", text: words, calls: told, opaque: keepsOpaque && answers(opaque, told) ? opaque : undefined };
}

/** Whether the results that follow name the very calls that stand in the provider's items. */
function answers(opaque: readonly unknown[] | undefined, calls: readonly ToolCall[]): boolean {
  const named = (opaque ?? []).flatMap((item) => {
    const id: unknown = Object(item)["call_id"];
    return typeof id === "string" ? [id] : [];
  });
  return named.length === calls.length && calls.every(({ id }, index) => id === named[index]);
}

/** A turn that used an id twice is told with two. Results stand in the calls' order. */
function distinct(ids: readonly string[]): readonly string[] {
  return ids.map((id, index) => (ids.indexOf(id) === index ? id : `${id}_again_${index}`));
}

/** Names, roles and brackets of the provider's form. */
const FRAME_TOKENS = 8;

function tokensOf(told: Told | undefined): number {
  if (told === undefined) return 0;
  if (told.kind === "user") return FRAME_TOKENS + estimateTokens(told.text);
  if (told.kind === "turn") return FRAME_TOKENS + estimateTokens(JSON.stringify(told.opaque ?? told));
  return told.results.reduce((all, { content }) => all + 2 * FRAME_TOKENS + estimateTokens(content), 0);
}

/** The form of the report and what providers add. */
const FORM_TOKENS = 1_000;

function tokensOfPrefix({ system, question, tools }: Prefix): number {
  return FORM_TOKENS + estimateTokens(system) + estimateTokens(question) + estimateTokens(JSON.stringify(tools));
}
