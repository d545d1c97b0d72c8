import { JOURNAL_LIMITS } from "@sre-agent/crds";
import type { Limits, RunState } from "./run-state.ts";

/** `near`: one model call is still affordable, and it has to be the last. `over`: none is. */
export interface Exhaustion {
  readonly budget: "steps" | "tool_calls" | "input_tokens" | "output_tokens" | "seconds" | "money" | "journal";
  readonly degree: "near" | "over";
}

interface Meter {
  readonly budget: Exhaustion["budget"];
  readonly spent: number;
  readonly limit: number | undefined;
  /** What one more model call is expected to take. */
  readonly reserve: number;
}

/** Room for the results of one more turn. */
const JOURNAL_KEPT_BACK = JOURNAL_LIMITS.bytes / 4;
const SECONDS_KEPT_BACK = 0.2;

/** The budget that leaves room for at most one more model call, worst first; undefined while all leave more. */
export function exhaustionOf(state: RunState, limits: Limits): Exhaustion | undefined {
  const degrees = metersOf(state, limits).flatMap((meter): Exhaustion[] => {
    const { budget, spent, limit, reserve } = meter;
    if (limit === undefined) return [];
    // Answering without tools costs a model call and no tool call.
    if (spent >= limit && budget !== "tool_calls") return [{ budget, degree: "over" }];
    return spent + reserve >= limit ? [{ budget, degree: "near" }] : [];
  });
  return degrees.find(({ degree }) => degree === "over") ?? degrees[0];
}

/** Milliseconds until the run has used its time up, as of the last entry. */
export function timeLeftMs({ spent }: RunState, limits: Limits): number {
  return Math.max(0, limits.seconds * 1_000 - spent.elapsedMs);
}

function metersOf({ spent, turns }: RunState, limits: Limits): readonly Meter[] {
  const last = turns.at(-1)?.entry.usage;
  // The next call takes at least what the last one took, and the forced one after it again.
  const twice = (amount: number | undefined) => 2 * (amount ?? 0);
  const milliseconds = limits.seconds * 1_000;
  return [
    { budget: "steps", spent: spent.steps, limit: limits.steps, reserve: 1 },
    { budget: "tool_calls", spent: spent.toolCalls, limit: limits.toolCalls, reserve: 0 },
    {
      budget: "input_tokens",
      spent: spent.inputTokens,
      limit: limits.inputTokens,
      reserve: twice(last?.inputTokens),
    },
    {
      budget: "output_tokens",
      spent: spent.outputTokens,
      limit: limits.outputTokens,
      reserve: twice(last?.outputTokens),
    },
    { budget: "seconds", spent: spent.elapsedMs, limit: milliseconds, reserve: milliseconds * SECONDS_KEPT_BACK },
    {
      budget: "money",
      spent: spent.costMicroUsd ?? 0,
      limit: limits.costMicroUsd,
      reserve: twice(last?.costMicroUsd),
    },
    { budget: "journal", spent: spent.journalBytes, limit: JOURNAL_LIMITS.bytes, reserve: JOURNAL_KEPT_BACK },
  ];
}
