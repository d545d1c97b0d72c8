import { JOURNAL_LIMITS } from "@sre-agent/crds";
import { costOf, type Prices } from "../model/price.ts";
import type { Limits, RunState } from "./run-state.ts";

/** `near`: one model call is still affordable, and it has to be the last. `over`: none is. */
export interface Exhaustion {
  readonly budget:
    | "steps"
    | "tool_calls"
    | "input_tokens"
    | "output_tokens"
    | "seconds"
    | "money"
    | "context"
    | "journal";
  readonly degree: "near" | "over";
}

/** What is known of the next model call before it is made; absent members are not known. */
export interface Forecast {
  /** From above. */
  readonly inputTokens?: number | undefined;
  readonly contextTokens?: number | undefined;
  readonly prices?: Prices | undefined;
}

interface Meter {
  readonly budget: Exhaustion["budget"];
  readonly spent: number;
  readonly limit: number | undefined;
  /** What one more model call takes at the least; without room for it none is made. */
  readonly least?: number;
  /** What has to be left for one more after the next. */
  readonly reserve: number;
}

/** Room for the results of one more turn. */
const JOURNAL_KEPT_BACK = JOURNAL_LIMITS.bytes / 4;
const SECONDS_KEPT_BACK = 0.2;
const CONTEXT_KEPT_BACK = 0.1;
/** The shortest answer that is one. */
const LEAST_OUTPUT = 200;

/** The budget that leaves room for at most one more model call, worst first; undefined while all leave more. */
export function exhaustionOf(state: RunState, limits: Limits, forecast: Forecast = {}): Exhaustion | undefined {
  const degrees = metersOf(state, limits, forecast).flatMap((meter): Exhaustion[] => {
    const { budget, spent, limit, least = 0, reserve } = meter;
    if (limit === undefined) return [];
    // Answering without tools costs a model call and no tool call.
    if ((spent >= limit || spent + least > limit) && budget !== "tool_calls") return [{ budget, degree: "over" }];
    return spent + reserve >= limit ? [{ budget, degree: "near" }] : [];
  });
  return degrees.find(({ degree }) => degree === "over") ?? degrees[0];
}

/** A budget of money cannot be held over a model that takes tokens at no known price. */
export function isUncountable({ costMicroUsd }: Limits, { inputTokens, prices }: Forecast): boolean {
  return costMicroUsd !== undefined && inputTokens !== undefined && prices === undefined;
}

/** Milliseconds until the run has used its time up, as of the last entry. */
export function timeLeftMs({ spent }: RunState, limits: Limits): number {
  return Math.max(0, limits.seconds * 1_000 - spent.elapsedMs);
}

/** The most that the next reply may take, by tokens and by money. */
export function outputTokensLeft({ spent }: RunState, limits: Limits, { inputTokens = 0, prices }: Forecast): number {
  const left = limits.outputTokens - spent.outputTokens;
  if (limits.costMicroUsd === undefined || prices === undefined || prices.output === 0) return left;
  const money = limits.costMicroUsd - (spent.costMicroUsd ?? 0) - inputTokens * prices.input;
  return Math.max(1, Math.min(left, Math.floor(money / prices.output)));
}

function metersOf(state: RunState, limits: Limits, forecast: Forecast): readonly Meter[] {
  const { spent, turns } = state;
  const last = turns.at(-1)?.entry.usage;
  // The next call takes at least what the last one took, and the forced one after it again.
  const twice = (amount: number | undefined) => 2 * (amount ?? 0);
  const milliseconds = limits.seconds * 1_000;
  const { inputTokens: input = 0, contextTokens } = forecast;
  const cost = forecast.prices && costOf({ inputTokens: input, outputTokens: LEAST_OUTPUT }, forecast.prices);
  return [
    { budget: "steps", spent: spent.steps, limit: limits.steps, reserve: 1 },
    { budget: "tool_calls", spent: spent.toolCalls, limit: limits.toolCalls, reserve: 0 },
    {
      ...{ budget: "input_tokens", spent: spent.inputTokens, limit: limits.inputTokens },
      ...{ least: input, reserve: twice(Math.max(input, last?.inputTokens ?? 0)) },
    },
    {
      ...{ budget: "output_tokens", spent: spent.outputTokens, limit: limits.outputTokens },
      reserve: twice(last?.outputTokens),
    },
    { budget: "seconds", spent: spent.elapsedMs, limit: milliseconds, reserve: milliseconds * SECONDS_KEPT_BACK },
    {
      ...{ budget: "money", spent: spent.costMicroUsd ?? 0, limit: limits.costMicroUsd },
      ...{ least: cost ?? 0, reserve: twice(Math.max(cost ?? 0, last?.costMicroUsd ?? 0)) },
    },
    {
      ...{ budget: "context", spent: input, limit: contextTokens, least: LEAST_OUTPUT },
      reserve: (contextTokens ?? 0) * CONTEXT_KEPT_BACK,
    },
    { budget: "journal", spent: spent.journalBytes, limit: JOURNAL_LIMITS.bytes, reserve: JOURNAL_KEPT_BACK },
  ];
}
