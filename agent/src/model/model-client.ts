import type { DecideRequest, JournalEntry, ToolCall, TurnUsage } from "@sre-agent/crds";
import type { OfferedTool } from "../tools/tool-client.ts";

export interface TurnInput {
  readonly system: string;
  /** First message: target, symptom, instructions. */
  readonly question: string;
  /** The run so far, its `begun` entry first. */
  readonly journal: readonly JournalEntry[];
  /** For backends that decide on structure instead of words. */
  readonly request: DecideRequest;
  /** The same list in every turn of a run, whatever `toolChoice` is. */
  readonly tools: readonly OfferedTool[];
  readonly toolChoice: "auto" | "none";
  readonly maxOutputTokens: number;
  /** What the run's budget leaves; a larger cap than `maxOutputTokens` has to stay below it. */
  readonly outputTokensLeft: number;
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

/** One backend that can take a turn. Rejects with ModelError only. */
export interface ModelClient {
  readonly name: string;
  readonly model?: string;
  turn(input: TurnInput): Promise<ModelTurn>;
}
