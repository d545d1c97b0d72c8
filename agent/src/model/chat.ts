import type OpenAI from "openai";
import type { ChatCompletionCreateParamsNonStreaming } from "openai/resources/chat/completions";
import { z } from "zod";
import { draftSchema } from "../report/draft.ts";
import type { OfferedTool } from "../tools/tool-client.ts";
import { chatFailure } from "./chat-failure.ts";
import { chatMessages } from "./chat-messages.ts";
import { type ChatReply, chatReply } from "./chat-reply.ts";
import type { ModelClient, ModelTurn, TurnInput } from "./model-client.ts";
import { ModelError } from "./model-error.ts";
import { strictSchema } from "./strict-schema.ts";
import { type RetryEffects, withRetries } from "./with-retries.ts";

export const REASONING_EFFORTS = ["none", "minimal", "low", "medium", "high"] as const;

export interface ChatOptions {
  /** Ends in /v1/; https, or http on loopback. */
  readonly baseUrl: string;
  /** Deployment, or model. */
  readonly model: string;
  /** Read for every attempt, so that a rotated key is used at once. */
  readonly apiKey: () => string;
  /** Absent: the field is not sent, for models that do not reason. */
  readonly reasoningEffort?: (typeof REASONING_EFFORTS)[number] | undefined;
  readonly effects: RetryEffects;
}

const RAISED = 2;
const REPORT = strictSchema(z.toJSONSchema(draftSchema));

/** Chat Completions, for every compatible endpoint. Loads the SDK. */
export async function createChat(options: ChatOptions): Promise<ModelClient> {
  const client = await connect(options);
  return {
    name: "chat",
    model: options.model,
    turn: (input) => takeTurn({ client, options }, input),
  };
}

interface Connected {
  readonly client: OpenAI;
  readonly options: ChatOptions;
}

/** Everything that the SDK would otherwise take from `OPENAI_*` is said here. */
async function connect({ baseUrl, apiKey }: ChatOptions): Promise<OpenAI> {
  const { OpenAI: Client } = await import("openai");
  return new Client({
    baseURL: baseUrl,
    apiKey: "set for each request",
    ...{ adminAPIKey: null, organization: null, project: null, webhookSecret: null },
    maxRetries: 0,
    logLevel: "off",
    fetch: (url, init) => fetch(url, { ...init, headers: headersWith(apiKey()), redirect: "error" }),
  });
}

/** Only these go out: the SDK's own would count towards a provider's limit, and the environment could add to them. */
function headersWith(key: string) {
  return { accept: "application/json", "content-type": "application/json", authorization: `Bearer ${key}` };
}

/** One turn: once more with a larger cap when it was cut off, once more without the newest text when that is blocked. */
async function takeTurn(connected: Connected, input: TurnInput): Promise<ModelTurn> {
  const usual = { maxTokens: input.maxOutputTokens, withoutNewest: false };
  try {
    const reply = await ask(connected, input, usual);
    if (!reply.cutOff || isWhole(reply.turn)) return reply.turn;
    const more = Math.min(input.maxOutputTokens * RAISED, input.outputTokensLeft);
    return withUsageOf(reply.turn, cutTwice(await ask(connected, input, { ...usual, maxTokens: more })));
  } catch (error) {
    if (!(error instanceof ModelError) || error.code !== "filtered") throw error;
    if (!input.journal.some(({ kind }) => kind === "results")) throw error;
    return cutTwice(await ask(connected, input, { ...usual, withoutNewest: true }));
  }
}

interface Variation {
  readonly maxTokens: number;
  readonly withoutNewest: boolean;
}

function ask({ client, options }: Connected, input: TurnInput, variation: Variation): Promise<ChatReply> {
  const { effects } = options;
  const { signal, timeLeftMs } = input;
  const body = requestOf(options, input, variation);
  const attempt = async () => {
    try {
      return chatReply(await client.chat.completions.create(body, { signal, timeout: Math.max(1, timeLeftMs) }), input);
    } catch (error) {
      throw chatFailure(error, effects.now());
    }
  };
  return withRetries(attempt, { effects, signal, timeLeftMs });
}

function requestOf(
  { model, reasoningEffort }: ChatOptions,
  input: TurnInput,
  { maxTokens, withoutNewest }: Variation,
): ChatCompletionCreateParamsNonStreaming {
  const tools = input.tools.map(toolOf);
  return {
    model,
    messages: chatMessages(input, { withoutNewest }),
    ...(tools.length === 0 ? {} : { tools, tool_choice: input.toolChoice }),
    response_format: {
      type: "json_schema",
      json_schema: { name: "report", strict: REPORT.strict, schema: { ...REPORT.schema } },
    },
    max_completion_tokens: maxTokens,
    ...(reasoningEffort === undefined ? {} : { reasoning_effort: reasoningEffort }),
  };
}

function toolOf({ name, description, inputSchema }: OfferedTool) {
  const { schema, strict } = strictSchema(inputSchema);
  return { type: "function" as const, function: { name, description, strict, parameters: { ...schema } } };
}

/** Cut off behind its content: nothing is missing. */
function isWhole({ calls, report }: ModelTurn): boolean {
  return report !== undefined || (calls.length > 0 && calls.every(({ malformed }) => malformed === undefined));
}

function cutTwice({ turn, cutOff }: ChatReply): ModelTurn {
  if (!cutOff || isWhole(turn)) return turn;
  throw new ModelError("bad_response", "The model's reply does not fit the output cap.", { final: true });
}

function withUsageOf(first: ModelTurn, second: ModelTurn): ModelTurn {
  const { usage } = second;
  return {
    ...second,
    usage: {
      ...usage,
      inputTokens: first.usage.inputTokens + usage.inputTokens,
      outputTokens: first.usage.outputTokens + usage.outputTokens,
    },
  };
}
