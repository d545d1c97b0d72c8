import { GEN_AI, inSpan, MCP, OPERATIONS } from "@sre-agent/frame";
import type { Content } from "../content.ts";
import type { ToolClient } from "./tool-client.ts";

/** The same tools with a span around each call. Arguments and results are in it only when `content` is given. */
export function tracedTools(tools: ToolClient, content: Content | undefined): ToolClient {
  return {
    list: tools.list,
    call(call, options) {
      const attributes = {
        [GEN_AI.operation]: OPERATIONS.tool,
        [GEN_AI.toolName]: call.tool,
        [GEN_AI.toolCallId]: call.id,
        [GEN_AI.conversationId]: options.correlationId,
        [MCP.method]: "tools/call",
        ...(content === undefined ? {} : { [GEN_AI.toolArguments]: content(JSON.stringify(call.arguments)) }),
      };
      return inSpan(`${OPERATIONS.tool} ${call.tool}`, { kind: "client", attributes }, async (span) => {
        const result = await tools.call(call, options);
        if (content !== undefined) span.set({ [GEN_AI.toolResult]: content(result.text) });
        if (!result.ok) span.fail(result.code ?? "tool_error");
        return result;
      });
    },
  };
}
