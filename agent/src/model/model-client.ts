import type { DecideRequest, JournalEntry, ToolCall, TurnUsage } from "@sre-agent/crds";
import type { OfferedTool } from "../tools/tool-client.ts";
import type { Prices } from "./price.ts";

/** What a model is told. */
export interface Prompt {
  readonly system: string;
  /** First message: target, symptom, instructions. */
  readonly question: string;
  /** The run so far, its `begun` entry first. */
  readonly journal: readonly JournalEntry[];
  /** The same list in every turn of a run, whatever may be chosen. */
  readonly tools: readonly OfferedTool[];
}

export interface TurnInput extends Prompt {
  /** For backends that decide on structure instead of words. */
  readonly request: DecideRequest;
  readonly toolChoice: "auto" | "none";
  readonly maxOutputTokens: number;
  /** What the run's budget leaves; a larger cap than `maxOutputTokens` has to stay below it. */
  readonly outputTokensLeft: number;
  /** Whether the run's budget has room for the same request once more. */
  readonly mayRepeat: boolean;
  /** What the run's budget leaves, as of the last entry. */
  readonly timeLeftMs: number;
  readonly signal: AbortSignal;
}

export interface ModelTurn {
  readonly text?: string;
  readonly calls: readonly ToolCall[];
  /** The final answer as given; checked and grounded by the report's code. */
  readonly report?: unknown;
  readonly usage: TurnUsage;
  /** Items of the provider that have to be sent back unchanged. */
  readonly opaque?: readonly unknown[];
}

/** One backend that can take a turn. */
export interface ModelClient {
  readonly name: string;
  readonly model?: string;
  /** Absent: the backend has no window. */
  readonly contextTokens?: number;
  /** Absent: a turn costs nothing, or it is not known what. */
  readonly prices?: Prices;
  /** Tokens that a turn would take in, from above; absent: the backend takes in none. */
  promptTokens?(prompt: Prompt): number;
  /** Rejects with ModelError only. */
  turn(input: TurnInput): Promise<ModelTurn>;
}
