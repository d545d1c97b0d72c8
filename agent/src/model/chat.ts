import type { ChatCompletionCreateParamsNonStreaming } from "openai/resources/chat/completions";
import { z } from "zod";
import { draftSchema } from "../report/draft.ts";
import type { OfferedTool } from "../tools/tool-client.ts";
import { atMost } from "./at-most.ts";
import type { Complete } from "./chat-endpoint.ts";
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
  /** Calls under way at a time, over all runs: a deployment counts them all together. */
  readonly concurrency: number;
  readonly effects: RetryEffects;
}

const RAISED = 2;
const REPORT = strictSchema(z.toJSONSchema(draftSchema));

/** Chat Completions, for every compatible endpoint. Loads the SDK. */
export async function createChat(options: ChatOptions): Promise<ModelClient> {
  const { connectChat } = await import("./chat-endpoint.ts");
  const connected = { complete: connectChat(options), options, line: atMost(options.concurrency) };
  return {
    name: "chat",
    model: options.model,
    turn: (input) => takeTurn(connected, input),
  };
}

interface Connected {
  readonly complete: Complete;
  readonly options: ChatOptions;
  readonly line: ReturnType<typeof atMost>;
}

/** One turn; once more without the newest text when a filter blocks it. */
async function takeTurn(connected: Connected, input: TurnInput): Promise<ModelTurn> {
  const usual = { maxTokens: input.maxOutputTokens, withoutNewest: false };
  try {
    return await wholeTurn(connected, input, usual);
  } catch (error) {
    if (!(error instanceof ModelError) || error.code !== "filtered") throw error;
    if (!input.journal.some(({ kind }) => kind === "results")) throw error;
    return uncut(await ask(connected, input, { ...usual, withoutNewest: true }));
  }
}

/** Once more with a larger cap for a turn that was cut off, and once more for text that is neither calls nor JSON. */
async function wholeTurn(connected: Connected, input: TurnInput, usual: Variation): Promise<ModelTurn> {
  const first = await ask(connected, input, usual);
  const { turn, cutOff } = first;
  if (isWhole(turn)) return turn;
  // Malformed calls are answered with an error that says what was expected.
  if (!cutOff && turn.calls.length > 0) return turn;
  const left = input.outputTokensLeft - turn.usage.outputTokens;
  const maxTokens = Math.min(usual.maxTokens * (cutOff ? RAISED : 1), left);
  if (maxTokens < 1 || (cutOff && maxTokens <= usual.maxTokens)) return uncut(first);
  return withUsageOf(turn, uncut(await ask(connected, input, { ...usual, maxTokens })));
}

interface Variation {
  readonly maxTokens: number;
  readonly withoutNewest: boolean;
}

function ask({ complete, options, line }: Connected, input: TurnInput, variation: Variation): Promise<ChatReply> {
  const { effects } = options;
  const { signal, timeLeftMs } = input;
  const body = requestOf(options, input, variation);
  const send = () => complete(body, { signal, timeoutMs: Math.max(1, timeLeftMs) });
  const attempt = async () => {
    try {
      return chatReply(await line(send, signal), input);
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

/** A report or calls of the right form: nothing is missing, even when the cap ended it. */
function isWhole({ calls, report }: ModelTurn): boolean {
  return report !== undefined || (calls.length > 0 && calls.every(({ malformed }) => malformed === undefined));
}

function uncut({ turn, cutOff }: ChatReply): ModelTurn {
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
