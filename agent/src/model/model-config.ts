import {
  type ConfigFault,
  choiceVariable,
  type Environment,
  filePathVariable,
  httpsOrLoopbackUrlVariable,
  integerVariable,
  numberVariable,
  type ParsedConfig,
  parseConfig,
  textVariable,
} from "@sre-agent/frame";
import { z } from "zod";
import { ANSWER_LANGUAGES } from "../prompt/language.ts";

const REASONING_EFFORTS = ["omit", "none", "minimal", "low", "medium", "high", "xhigh"] as const;
export type ReasoningEffort = (typeof REASONING_EFFORTS)[number];

const price = () => numberVariable({ min: 0, max: 10_000 }).optional();

/** Settings of the model, wherever it is used. */
export const modelConfigSchema = z.object({
  MODEL_BACKEND: choiceVariable(["rules", "responses", "chat"])
    .default("rules")
    .describe("rules: no model; responses: Azure AI Foundry and OpenAI; chat: every other compatible endpoint."),
  AZURE_OPENAI_ENDPOINT: httpsOrLoopbackUrlVariable()
    .optional()
    .describe(
      "Base URL ending in /openai/v1/, or of another compatible endpoint; https, and http only to this machine. Needed with a model.",
    ),
  AZURE_OPENAI_DEPLOYMENT: textVariable({ maxLength: 128 })
    .optional()
    .describe("Deployment, sent as the model; needed with a model."),
  AZURE_OPENAI_AUTH: choiceVariable(["key", "entra"])
    .default("key")
    .describe("key: an API key; entra: Microsoft Entra ID, workload identity first."),
  AZURE_OPENAI_API_KEY_FILE: filePathVariable()
    .optional()
    .describe("File with the API key; read again when it changes."),
  AZURE_OPENAI_API_KEY: textVariable({ maxLength: 512 })
    .optional()
    .describe("The API key, where no file can be mounted."),
  AZURE_OPENAI_SCOPE: textVariable({ maxLength: 256 })
    .default("https://ai.azure.com/.default")
    .describe("Scope of the token with entra; older resources take https://cognitiveservices.azure.com/.default."),
  AZURE_TENANT_ID: textVariable({ maxLength: 64 }).optional().describe("Tenant; workload identity sets it."),
  AZURE_CLIENT_ID: textVariable({ maxLength: 64 }).optional().describe("Client; workload identity sets it."),
  AZURE_FEDERATED_TOKEN_FILE: filePathVariable()
    .optional()
    .describe("File with the pod's token; workload identity sets it."),
  MODEL_REASONING_EFFORT: choiceVariable(REASONING_EFFORTS)
    .optional()
    .describe(
      "Reasoning effort; omit: the field is not sent, for models that do not reason. Not set: medium for responses, omit for chat.",
    ),
  MODEL_CONCURRENCY: integerVariable({ min: 1, max: 64 })
    .default(4)
    .describe("Calls of the model under way at a time, over all runs."),
  MODEL_CONTEXT_TOKENS: integerVariable({ min: 16_000, max: 2_000_000 })
    .default(128_000)
    .describe("Context window of the model; old results are cut to their ids before it is full."),
  MODEL_PRICE_INPUT: price().describe(
    "US dollars for a million input tokens; with MODEL_PRICE_OUTPUT money is counted. Without them a run with a budget of money (costMicroUsd, --max-cost) asks no model.",
  ),
  MODEL_PRICE_CACHED: price().describe(
    "US dollars for a million input tokens from the cache; default the input price.",
  ),
  MODEL_PRICE_OUTPUT: price().describe("US dollars for a million output tokens."),
  ANSWER_LANGUAGE: choiceVariable(ANSWER_LANGUAGES)
    .default("en")
    .describe("Language of a model's sentences; keys, codes and the rules' sentences stay English."),
});
export type ModelConfig = Readonly<z.output<typeof modelConfigSchema>>;

/** @returns the model's settings, or every fault at once. */
export function parseModelConfig(environment: Environment): ParsedConfig<ModelConfig> {
  const parsed = parseConfig(modelConfigSchema, environment);
  return parsed.ok ? withoutFaults(parsed.config) : parsed;
}

/** The settings, unless some of them do not go together. */
export function withoutFaults<Config extends ModelConfig>(config: Config): ParsedConfig<Config> {
  const faults = modelFaults(config);
  return faults.length === 0 ? { ok: true, config } : { ok: false, faults };
}

function modelFaults(config: ModelConfig): readonly ConfigFault[] {
  const { MODEL_BACKEND: backend, MODEL_PRICE_INPUT: input, MODEL_PRICE_OUTPUT: output } = config;
  const prices = (input === undefined) === (output === undefined) ? [] : [PRICE_FAULT];
  if (backend === "rules") return prices;
  const missing = (["AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_DEPLOYMENT"] as const)
    .filter((name) => config[name] === undefined)
    .map((variable) => ({ variable, message: `is required with MODEL_BACKEND=${backend}` }));
  return [...missing, ...keyFaults(config), ...prices];
}

const PRICE_FAULT: ConfigFault = {
  variable: "MODEL_PRICE_OUTPUT",
  message: "give this and MODEL_PRICE_INPUT, or neither",
};

function keyFaults(config: ModelConfig): readonly ConfigFault[] {
  const { AZURE_OPENAI_AUTH: auth, AZURE_OPENAI_API_KEY_FILE: file, AZURE_OPENAI_API_KEY: key } = config;
  const given = [file, key].filter((each) => each !== undefined).length;
  if (given === (auth === "key" ? 1 : 0)) return [];
  const message =
    auth === "key"
      ? "give either this or AZURE_OPENAI_API_KEY, or AZURE_OPENAI_AUTH=entra"
      : "no key goes with AZURE_OPENAI_AUTH=entra";
  return [{ variable: "AZURE_OPENAI_API_KEY_FILE", message }];
}
