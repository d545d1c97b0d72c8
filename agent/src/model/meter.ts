import type { TurnUsage } from "@sre-agent/crds";
import { costOf, type Prices } from "./price.ts";

/** What the requests of one turn took together, those that failed included. */
export interface Meter {
  /** `undefined`: the provider did not say. */
  add(usage: TurnUsage | undefined): void;
  /** Undefined when nothing was taken. */
  total(): TurnUsage | undefined;
}

export function createMeter(): Meter {
  const taken: TurnUsage[] = [];
  return {
    add: (usage) => void taken.push(usage ?? { inputTokens: 0, outputTokens: 0, unreported: 1 }),
    total: () => (taken.length === 0 ? undefined : taken.reduce(sumOf)),
  };
}

/** What was taken, with what it cost where prices are known. */
export function priced(usage: TurnUsage, prices: Prices | undefined): TurnUsage {
  return prices === undefined ? usage : { ...usage, costMicroUsd: costOf(usage, prices) };
}

const OPTIONAL = ["cachedInputTokens", "costMicroUsd", "unreported"] as const;

function sumOf(left: TurnUsage, right: TurnUsage): TurnUsage {
  const sums = OPTIONAL.flatMap((member) => {
    const [a, b] = [left[member], right[member]];
    return a === undefined && b === undefined ? [] : [[member, (a ?? 0) + (b ?? 0)] as const];
  });
  return {
    inputTokens: left.inputTokens + right.inputTokens,
    outputTokens: left.outputTokens + right.outputTokens,
    ...Object.fromEntries(sums),
  };
}
