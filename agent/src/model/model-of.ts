import { setTimeout as sleep } from "node:timers/promises";
import { fileSecret, UserError } from "@sre-agent/frame";
import type { Content } from "../content.ts";
import { type Credential, connectEntra, entraCredential, keyCredential } from "./credential.ts";
import type { ModelClient } from "./model-client.ts";
import type { ModelConfig } from "./model-config.ts";
import type { ModelMetrics } from "./model-metrics.ts";
import { observeModel } from "./observe-model.ts";
import type { Prices } from "./price.ts";
import { createRules } from "./rules.ts";
import { tellingFaults } from "./tell-faults.ts";
import type { RetryEffects } from "./with-retries.ts";

const REAL: RetryEffects = {
  sleep: (ms, signal) => sleep(ms, undefined, { signal }),
  now: Date.now,
  random: Math.random,
};

export interface ModelParts {
  /** Told when the model is used otherwise than it was configured. */
  readonly warn?: (message: string) => void;
  readonly metrics?: ModelMetrics;
  /** Absent: no words of the model stand in spans. */
  readonly content?: Content | undefined;
  readonly effects?: RetryEffects;
}

/** The backend that the settings name. The wires of a hosted one are loaded with it. */
export async function modelOf(config: ModelConfig, parts: ModelParts = {}): Promise<ModelClient> {
  return tellingFaults(await backendOf(config, parts), parts.warn ?? (() => undefined));
}

async function backendOf(config: ModelConfig, parts: ModelParts): Promise<ModelClient> {
  if (config.MODEL_BACKEND === "rules") return createRules();
  const { createHostedModel } = await import("./hosted-model.ts");
  const { effects = REAL, metrics, content } = parts;
  const options = hostedOptions(config);
  const { model, baseUrl } = options;
  return createHostedModel({
    ...options,
    effects,
    observer: observeModel({
      model,
      baseUrl,
      content,
      now: effects.now,
      ...(metrics === undefined ? {} : { metrics }),
    }),
    warn: parts.warn ?? (() => undefined),
  });
}

/** What the settings say of a model behind an endpoint. */
export function hostedOptions(config: ModelConfig) {
  const { MODEL_BACKEND: api, AZURE_OPENAI_ENDPOINT: baseUrl, AZURE_OPENAI_DEPLOYMENT: model } = config;
  if (api === "rules" || baseUrl === undefined || model === undefined) {
    const nextStep = "Set MODEL_BACKEND, AZURE_OPENAI_ENDPOINT and AZURE_OPENAI_DEPLOYMENT.";
    throw new UserError("The model's endpoint is not configured.", { nextStep });
  }
  return {
    ...{ api, baseUrl, model },
    credential: credentialOf(config),
    reasoningEffort: config.MODEL_REASONING_EFFORT,
    concurrency: config.MODEL_CONCURRENCY,
    contextTokens: config.MODEL_CONTEXT_TOKENS,
    prices: pricesOf(config),
  };
}

function credentialOf(config: ModelConfig): Credential {
  const { AZURE_OPENAI_API_KEY: key, AZURE_OPENAI_API_KEY_FILE: file } = config;
  if (config.AZURE_OPENAI_AUTH === "entra") {
    return entraCredential({ scope: config.AZURE_OPENAI_SCOPE, connect: () => connectEntra(config) });
  }
  return keyCredential(file === undefined ? () => key ?? "" : fileSecret(file));
}

function pricesOf(config: ModelConfig): Prices | undefined {
  const { MODEL_PRICE_INPUT: input, MODEL_PRICE_CACHED: cached, MODEL_PRICE_OUTPUT: output } = config;
  return input === undefined || output === undefined ? undefined : { input, cached: cached ?? input, output };
}
