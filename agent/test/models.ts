import type { ToolCall, TurnUsage } from "@sre-agent/crds";
import type { ModelClient, TurnInput } from "../src/model/model-client.ts";
import type { Draft } from "../src/report/draft.ts";

export const draft: Draft = {
  decision: "manual",
  rationale: "A person has to look.",
  rootCause: null,
  claims: [],
  gaps: ["the cause is unknown"],
};

export const call = (id: string, tool: string, args: Record<string, unknown> = {}): ToolCall => ({
  ...{ id, tool },
  arguments: args,
});

export const turnOf = (...calls: readonly ToolCall[]) => ({ calls });
export const answer = (given: Partial<Draft> = {}) => ({ report: { ...draft, ...given } });

/** A model that reads something new in every turn and answers only when it may do nothing else. */
export function explorer(
  given: { readonly usage?: TurnUsage; readonly callsPerTurn?: number } = {},
): ModelClient & { readonly inputs: TurnInput[] } {
  const { usage = { inputTokens: 10, outputTokens: 5 }, callsPerTurn = 1 } = given;
  const inputs: TurnInput[] = [];
  return {
    name: "explorer",
    inputs,
    async turn(input) {
      inputs.push(input);
      if (input.toolChoice === "none") return { calls: [], usage, ...answer() };
      const calls = Array.from({ length: callsPerTurn }, (_, index) =>
        call(`c${inputs.length}-${index}`, "resource_get", { name: `pod-${"x".repeat(inputs.length)}-${index}` }),
      );
      return { calls, usage };
    },
  };
}
