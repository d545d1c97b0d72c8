import { atMost } from "@sre-agent/frame";
import { chatWire } from "./chat-wire.ts";
import type { Credential } from "./credential.ts";
import { lazyEndpoint } from "./lazy-endpoint.ts";
import type { ModelClient, ModelTurn, TurnInput } from "./model-client.ts";
import { ModelError } from "./model-error.ts";
import type { Prices } from "./price.ts";
import { responsesWire } from "./responses-wire.ts";
import { type ModelObserver, takeTurn } from "./take-turn.ts";
import { promptTokens } from "./told.ts";
import type { WireOptions } from "./wire.ts";
import type { RetryEffects } from "./with-retries.ts";

export type Api = "responses" | "chat";

export interface HostedModelOptions extends WireOptions {
  readonly api: Api;
  /** Ends in /v1/; https, or http on loopback. */
  readonly baseUrl: string;
  readonly credential: Credential;
  /** Calls under way at a time, over all runs: a deployment counts them all together. */
  readonly concurrency: number;
  /** Absent: money is not counted. */
  readonly prices?: Prices | undefined;
  readonly effects: RetryEffects;
  readonly observer: ModelObserver;
  readonly warn: (message: string) => void;
}

const SWITCHED =
  "The model takes tools together with reasoning on the Responses API only; going on with it. Set MODEL_BACKEND=responses.";

/** A model behind an OpenAI-compatible endpoint. */
export function createHostedModel(options: HostedModelOptions): ModelClient {
  const endpoint = lazyEndpoint(options);
  const wires = { chat: chatWire(endpoint, options), responses: responsesWire(endpoint, switchedEffort(options)) };
  const { effects, prices, contextTokens, model } = options;
  const line = atMost(options.concurrency);
  let api = options.api;

  const turnBy = (which: Api, input: TurnInput): Promise<ModelTurn> =>
    takeTurn({ wire: wires[which], effects, line, prices, observer: options.observer }, input);

  return {
    name: options.api,
    model,
    contextTokens,
    ...(prices === undefined ? {} : { prices }),
    promptTokens: ({ journal, ...prefix }) => promptTokens(journal, { contextTokens, prefix, withoutNewest: false }),
    async turn(input) {
      const asked = api;
      try {
        return await turnBy(asked, input);
      } catch (error) {
        if (asked !== "chat" || !(error instanceof ModelError) || !error.needsResponses) throw error;
        if (api === "chat") options.warn(SWITCHED);
        api = "responses";
        return turnBy("responses", input);
      }
    },
  };
}

/** An effort that was left out for chat is not wanted left out where reasoning is the reason to be. */
function switchedEffort(options: HostedModelOptions): WireOptions {
  const { model, contextTokens, reasoningEffort } = options;
  const kept = options.api === "chat" && reasoningEffort === "omit" ? undefined : reasoningEffort;
  return { model, contextTokens, reasoningEffort: kept };
}
