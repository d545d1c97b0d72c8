import { keyCredential } from "../src/model/credential.ts";
import { createHostedModel, type HostedModelOptions } from "../src/model/hosted-model.ts";
import type { ModelClient, TurnInput } from "../src/model/model-client.ts";
import { request } from "./runs.ts";
import type { WireDouble } from "./wire-double/wire-double.ts";

/** A model behind the double; waits end at once. */
export function hostedOver(
  { baseUrl }: WireDouble,
  given: Partial<HostedModelOptions> & { readonly key?: () => string } = {},
): ModelClient {
  const { key = () => "key-1", ...options } = given;
  return createHostedModel({
    ...{ api: "chat", baseUrl, model: "deployment-1", concurrency: 4, contextTokens: 128_000 },
    credential: keyCredential(key),
    effects: { sleep: async () => undefined, now: () => 0, random: () => 1 },
    observer: { request: (send) => send(), retried: () => undefined },
    warn: () => undefined,
    ...options,
  });
}

/** The input of a first turn without tools. */
export const turnInput = (given: Partial<TurnInput> = {}): TurnInput => ({
  ...{ system: "s", question: "q", journal: [], request, tools: [], toolChoice: "auto", mayRepeat: true },
  ...{ maxOutputTokens: 100, outputTokensLeft: 400, timeLeftMs: 300_000, signal: new AbortController().signal },
  ...given,
});
