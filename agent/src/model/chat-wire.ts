import type {
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionMessageParam,
} from "openai/resources/chat/completions";
import type { OfferedTool } from "../tools/tool-client.ts";
import { readCompletion } from "./chat-reply.ts";
import type { Endpoint } from "./endpoint.ts";
import { strictSchema } from "./strict-schema.ts";
import { type Told, tell } from "./told.ts";
import { type Asking, REPORT_SCHEMA, type Wire, type WireOptions } from "./wire.ts";

/** Chat Completions, which most endpoints speak. */
export function chatWire({ chat }: Endpoint, options: WireOptions): Wire {
  return async (asking, limits) => readCompletion(await chat(requestOf(options, asking), limits), asking.input);
}

function requestOf(
  { model, contextTokens, reasoningEffort = "omit" }: WireOptions,
  { input, maxTokens, withoutNewest }: Asking,
): ChatCompletionCreateParamsNonStreaming {
  const tools = input.tools.map(toolOf);
  const told = tell(input.journal, { contextTokens, prefix: input, withoutNewest });
  return {
    model,
    messages: [
      { role: "system", content: input.system },
      { role: "user", content: input.question },
      ...told.flatMap(messagesOf),
    ],
    ...(tools.length === 0 ? {} : { tools, tool_choice: input.toolChoice }),
    response_format: {
      type: "json_schema",
      json_schema: { name: "report", strict: REPORT_SCHEMA.strict, schema: { ...REPORT_SCHEMA.schema } },
    },
    max_completion_tokens: maxTokens,
    ...(reasoningEffort === "omit" ? {} : { reasoning_effort: reasoningEffort }),
  };
}

function toolOf({ name, description, inputSchema }: OfferedTool) {
  const { schema, strict } = strictSchema(inputSchema);
  return { type: "function" as const, function: { name, description, strict, parameters: { ...schema } } };
}

function messagesOf(told: Told): ChatCompletionMessageParam[] {
  switch (told.kind) {
    case "user":
      return [{ role: "user", content: told.text }];
    case "results":
      return told.results.map(({ callId, content }) => ({ role: "tool", tool_call_id: callId, content }));
    case "turn":
      return [assistantMessage(told)];
  }
}

function assistantMessage({ text, calls }: Extract<Told, { kind: "turn" }>): ChatCompletionMessageParam {
  if (calls.length === 0) return { role: "assistant", content: text ?? "" };
  return {
    role: "assistant",
    content: text ?? null,
    tool_calls: calls.map(({ id, tool, arguments: given }) => ({
      // Text that did not parse is not repeated: some providers refuse a history with it.
      ...{ id, type: "function" },
      function: { name: tool, arguments: JSON.stringify(given) },
    })),
  };
}
