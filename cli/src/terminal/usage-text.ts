import type { Usage } from "@sre-agent/crds";

const count = (value: number) => value.toLocaleString("en-US");
const plural = (value: number, noun: string) => `${count(value)} ${noun}${value === 1 ? "" : "s"}`;

/** `gpt-5: 3 turns, 4 calls, 12,345 tokens in, 678 out, $0.0123, 9.1 s`; without a model nothing of tokens is said. */
export function usageText(usage: Usage): string {
  const { backend, model, steps, toolCalls, durationMs } = usage;
  return [
    `${model ?? backend}: ${plural(steps, "turn")}`,
    plural(toolCalls, "call"),
    ...spentText(usage),
    `${(durationMs / 1000).toFixed(1)} s`,
  ].join(", ");
}

/** Tokens and money, as far as there were any. */
export function spentText({ inputTokens, outputTokens, costMicroUsd }: Usage): readonly string[] {
  if (inputTokens === 0 && outputTokens === 0) return [];
  const cost = costMicroUsd === undefined ? [] : [`$${(costMicroUsd / 1_000_000).toFixed(4)}`];
  return [`${count(inputTokens)} tokens in`, `${count(outputTokens)} out`, ...cost];
}
