import type {
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionMessageParam,
} from "openai/resources/chat/completions";
import type { OfferedTool } from "../tools/tool-client.ts";
import { type ChatDialect, dialectAfter, OPENAI_DIALECT } from "./chat-dialect.ts";
import { readCompletion } from "./chat-reply.ts";
import type { Endpoint } from "./endpoint.ts";
import { strictSchema } from "./strict-schema.ts";
import { type Told, tell } from "./told.ts";
import { type Asking, REPORT_SCHEMA, type Wire, type WireOptions } from "./wire.ts";

/**
 * Chat Completions, which most endpoints speak. vLLM, llama.cpp and Ollama hold a reply to `response_format` from its first
 * token, so that no tool can be called: it goes out only where none may be. Until then the form stands in the prompt.
 */
export function chatWire({ chat }: Endpoint, options: WireOptions): Wire {
  let known = OPENAI_DIALECT;
  return async (asking, limits) => {
    for (;;) {
      const spoken = known;
      try {
        return readCompletion(await chat(requestOf(options, asking, spoken), limits), asking.input);
      } catch (error) {
        const left = dialectAfter(spoken, error);
        if (left === undefined) throw error;
        known = left;
      }
    }
  };
}

const FORM = `## The form of the report

One JSON object by this schema, and nothing around it:

${JSON.stringify(REPORT_SCHEMA.schema)}`;

function requestOf(
  { model, contextTokens, reasoningEffort = "omit" }: WireOptions,
  { input, maxTokens, withoutNewest }: Asking,
  { form, silence }: ChatDialect,
): ChatCompletionCreateParamsNonStreaming {
  const tools = input.tools.map(toolOf);
  const told = tell(input.journal, { contextTokens, prefix: input, withoutNewest });
  const mayCall = tools.length > 0 && input.toolChoice !== "none";
  return {
    model,
    messages: [
      { role: "system", content: `${input.system}\n\n${FORM}` },
      { role: "user", content: input.question },
      ...told.flatMap((part) => messagesOf(part, silence)),
    ],
    ...(tools.length === 0 ? {} : { tools, tool_choice: input.toolChoice }),
    ...(mayCall || form === "text" ? {} : { response_format: RESPONSE_FORMATS[form] }),
    max_completion_tokens: maxTokens,
    ...(reasoningEffort === "omit" ? {} : { reasoning_effort: reasoningEffort }),
  };
}

const RESPONSE_FORMATS = {
  json_schema: {
    type: "json_schema",
    json_schema: { name: "report", strict: REPORT_SCHEMA.strict, schema: { ...REPORT_SCHEMA.schema } },
  },
  json_object: { type: "json_object" },
} as const;

function toolOf({ name, description, inputSchema }: OfferedTool) {
  const { schema, strict } = strictSchema(inputSchema);
  return { type: "function" as const, function: { name, description, strict, parameters: { ...schema } } };
}

function messagesOf(told: Told, silence: ChatDialect["silence"]): ChatCompletionMessageParam[] {
  switch (told.kind) {
    case "user":
      return [{ role: "user", content: told.text }];
    case "results":
      return told.results.map(({ callId, content }) => ({ role: "tool", tool_call_id: callId, content }));
    case "turn":
      return [assistantMessage(told, silence)];
  }
}

function assistantMessage(
  { text, calls }: Extract<Told, { kind: "turn" }>,
  silence: ChatDialect["silence"],
): ChatCompletionMessageParam {
  if (calls.length === 0) return { role: "assistant", content: text ?? "" };
  return {
    role: "assistant",
    content: text ?? silence,
    tool_calls: calls.map(({ id, tool, arguments: given }) => ({
      // Text that did not parse is not repeated: some providers refuse a history with it.
      ...{ id, type: "function" },
      function: { name: tool, arguments: JSON.stringify(given) },
    })),
  };
}
