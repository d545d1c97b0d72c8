/** Why a provider ended its reply. */
export const FINISHES = ["stop", "tool_calls", "length", "other"] as const;
export type Finish = (typeof FINISHES)[number];
