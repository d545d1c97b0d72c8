/** US dollars for a million tokens, which is millionths of a dollar for one. */
export interface Prices {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

export interface TokenCounts {
  readonly inputTokens: number;
  /** Of the input, what the provider had in its cache. */
  readonly cachedInputTokens?: number | undefined;
  readonly outputTokens: number;
}

/** In millionths of a US dollar. */
export function costOf({ inputTokens, cachedInputTokens = 0, outputTokens }: TokenCounts, prices: Prices): number {
  const cached = Math.min(cachedInputTokens, inputTokens);
  return Math.ceil((inputTokens - cached) * prices.input + cached * prices.cached + outputTokens * prices.output);
}
