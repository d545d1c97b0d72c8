import type {
  ResponseCreateParamsNonStreaming,
  ResponseInput,
  ResponseInputItem,
} from "openai/resources/responses/responses";
import type { OfferedTool } from "../tools/tool-client.ts";
import type { Endpoint } from "./endpoint.ts";
import { readResponse } from "./responses-reply.ts";
import { strictSchema } from "./strict-schema.ts";
import { type Told, tell } from "./told.ts";
import { type Asking, REPORT_SCHEMA, type Wire, type WireOptions } from "./wire.ts";

/** The Responses API without anything stored at the provider: the journal is sent again with every turn. */
export function responsesWire({ responses }: Endpoint, options: WireOptions): Wire {
  return async (asking, limits) => readResponse(await responses(requestOf(options, asking), limits), asking.input);
}

function requestOf(
  { model, contextTokens, reasoningEffort = "medium" }: WireOptions,
  { input, maxTokens, withoutNewest }: Asking,
): ResponseCreateParamsNonStreaming {
  const tools = input.tools.map(toolOf);
  const told = tell(input.journal, { contextTokens, prefix: input, withoutNewest });
  return {
    model,
    instructions: input.system,
    input: [{ role: "user", content: input.question }, ...told.flatMap(itemsOf)],
    ...(tools.length === 0 ? {} : { tools, tool_choice: input.toolChoice }),
    text: {
      format: {
        type: "json_schema",
        name: "report",
        strict: REPORT_SCHEMA.strict,
        schema: { ...REPORT_SCHEMA.schema },
      },
    },
    max_output_tokens: maxTokens,
    store: false,
    ...(reasoningEffort === "omit"
      ? {}
      : { reasoning: { effort: reasoningEffort }, include: ["reasoning.encrypted_content"] }),
  };
}

function toolOf({ name, description, inputSchema }: OfferedTool) {
  const { schema, strict } = strictSchema(inputSchema);
  return { type: "function" as const, name, description, strict, parameters: { ...schema } };
}

function itemsOf(told: Told): ResponseInput {
  switch (told.kind) {
    case "user":
      return [{ role: "user", content: told.text }];
    case "results":
      return told.results.map(({ callId, content }) => ({
        type: "function_call_output",
        call_id: callId,
        output: content,
      }));
    case "turn":
      // They came from this API and go back as they are; nothing here may look into them.
      return told.opaque === undefined ? spokenItems(told) : (told.opaque as ResponseInputItem[]);
  }
}

function spokenItems({ text, calls }: Extract<Told, { kind: "turn" }>): ResponseInput {
  return [
    ...(text === undefined ? [] : [{ role: "assistant" as const, content: text }]),
    ...calls.map(({ id, tool, arguments: given }) => ({
      ...{ type: "function_call" as const, call_id: id, name: tool },
      arguments: JSON.stringify(given),
    })),
  ];
}
