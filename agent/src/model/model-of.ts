import { setTimeout as sleep } from "node:timers/promises";
import { fileSecret, UserError } from "@sre-agent/frame";
import type { AgentConfig } from "../config.ts";
import { createChat } from "./chat.ts";
import type { ModelClient } from "./model-client.ts";
import { createRules } from "./rules.ts";
import type { RetryEffects } from "./with-retries.ts";

const REAL: RetryEffects = {
  sleep: (ms, signal) => sleep(ms, undefined, { signal }),
  now: Date.now,
  random: Math.random,
};

/** The backend that the settings name. */
export async function modelOf(config: AgentConfig, effects: RetryEffects = REAL): Promise<ModelClient> {
  if (config.MODEL_BACKEND === "rules") return createRules();
  const { AZURE_OPENAI_ENDPOINT: baseUrl, AZURE_OPENAI_DEPLOYMENT: model } = config;
  if (baseUrl === undefined || model === undefined) {
    const nextStep = "Set AZURE_OPENAI_ENDPOINT and AZURE_OPENAI_DEPLOYMENT.";
    throw new UserError("The model's endpoint is not configured.", { nextStep });
  }
  return createChat({
    ...{ baseUrl, model, effects },
    apiKey: keyOf(config),
    reasoningEffort: config.MODEL_REASONING_EFFORT,
    concurrency: config.MODEL_CONCURRENCY,
  });
}

function keyOf({ AZURE_OPENAI_API_KEY: key, AZURE_OPENAI_API_KEY_FILE: file }: AgentConfig): () => string {
  if (file !== undefined) return fileSecret(file);
  return () => key ?? "";
}
