import {
  type Budget,
  DEFAULT_BUDGET,
  type JournalEntry,
  type JournalEntryOf,
  type Report,
  type ToolCall,
  type ToolResult,
  type TurnUsage,
} from "@sre-agent/crds";

/** Every limit but money has a default. */
export type Limits = Readonly<Budget & Record<keyof typeof DEFAULT_BUDGET, number>>;

/** One turn of the model with what came back for its calls. */
export interface Turn {
  /** Index of the turn's entry in the journal. */
  readonly position: number;
  readonly entry: JournalEntryOf<"turn">;
  /** Absent while the calls are unanswered. */
  readonly results: readonly ToolResult[] | undefined;
}

interface Note {
  readonly position: number;
  readonly code: string;
  readonly message: string;
}

interface Spent {
  readonly steps: number;
  readonly toolCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Requests of the model of which nobody said what they took. */
  readonly unreported: number;
  /** Absent: no turn said what it cost. */
  readonly costMicroUsd: number | undefined;
  /** From the first entry's time to the last one's. */
  readonly elapsedMs: number;
  /** Size of the journal, which travels whole with every step. */
  readonly journalBytes: number;
}

/** What a journal says about its run. */
export interface RunState {
  /** The newest: a run that goes on under another prefix begins again and keeps what it knows. */
  readonly begun: JournalEntryOf<"begun"> | undefined;
  readonly turns: readonly Turn[];
  readonly notes: readonly Note[];
  readonly spent: Spent;
  readonly ended: Report | undefined;
}

/** Reads a journal. */
export function stateOf(journal: readonly JournalEntry[]): RunState {
  return {
    begun: journal.findLast((entry) => entry.kind === "begun"),
    turns: journal.flatMap((entry, position) =>
      entry.kind === "turn" ? [{ position, entry, results: resultsAfter(journal, position) }] : [],
    ),
    notes: journal.flatMap((entry, position) =>
      entry.kind === "note" ? [{ position, code: entry.code, message: entry.message }] : [],
    ),
    spent: spentIn(journal),
    ended: journal.findLast((entry) => entry.kind === "ended")?.report,
  };
}

/** Calls of the last turn that nothing answered yet. */
export function unansweredCalls({ turns }: RunState): readonly ToolCall[] {
  const last = turns.at(-1);
  return last === undefined || last.results !== undefined ? [] : last.entry.calls;
}

/** Everything the tools gave back, in order. */
export function allResults({ turns }: RunState): readonly ToolResult[] {
  return turns.flatMap(({ results }) => results ?? []);
}

/** The run's own limits, or the defaults. */
export function limitsOf(budget: Budget | undefined): Limits {
  const given = Object.entries(budget ?? {}).filter(([, limit]) => limit !== undefined);
  return { ...DEFAULT_BUDGET, ...Object.fromEntries(given) };
}

function resultsAfter(journal: readonly JournalEntry[], position: number): readonly ToolResult[] | undefined {
  for (const entry of journal.slice(position + 1)) {
    if (entry.kind === "results") return entry.results;
    if (entry.kind === "turn") return undefined;
  }
  return undefined;
}

function spentIn(journal: readonly JournalEntry[]): Spent {
  const usages = journal.flatMap((entry) => ("usage" in entry && entry.usage !== undefined ? [entry.usage] : []));
  const sum = (amount: (usage: TurnUsage) => number) => usages.reduce((all, usage) => all + amount(usage), 0);
  const priced = usages.some(({ costMicroUsd }) => costMicroUsd !== undefined);
  const [first, last] = [journal.at(0), journal.at(-1)];
  return {
    steps: journal.filter(({ kind }) => kind === "turn").length,
    toolCalls: journal.reduce((all, entry) => all + (entry.kind === "results" ? entry.results.length : 0), 0),
    inputTokens: sum(({ inputTokens }) => inputTokens),
    outputTokens: sum(({ outputTokens }) => outputTokens),
    unreported: sum(({ unreported }) => unreported ?? 0),
    costMicroUsd: priced ? sum(({ costMicroUsd }) => costMicroUsd ?? 0) : undefined,
    journalBytes: journal.reduce((all, entry) => all + bytesOf(entry), 2),
    elapsedMs: first && last ? Math.max(0, Date.parse(last.at) - Date.parse(first.at)) : 0,
  };
}

/** Entries never change, so each is measured once. */
const measured = new WeakMap<JournalEntry, number>();

function bytesOf(entry: JournalEntry): number {
  const known = measured.get(entry);
  if (known !== undefined) return known;
  const bytes = Buffer.byteLength(JSON.stringify(entry)) + 1;
  measured.set(entry, bytes);
  return bytes;
}
