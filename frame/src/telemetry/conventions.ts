/**
 * Names of the OpenTelemetry conventions for generative AI and MCP. They are still in development and have been renamed
 * often: nothing else spells one.
 */
export const GEN_AI = {
  operation: "gen_ai.operation.name",
  provider: "gen_ai.provider.name",
  requestModel: "gen_ai.request.model",
  finishReasons: "gen_ai.response.finish_reasons",
  inputTokens: "gen_ai.usage.input_tokens",
  cachedInputTokens: "gen_ai.usage.cache_read.input_tokens",
  outputTokens: "gen_ai.usage.output_tokens",
  reasoningTokens: "gen_ai.usage.reasoning.output_tokens",
  agentName: "gen_ai.agent.name",
  conversationId: "gen_ai.conversation.id",
  toolName: "gen_ai.tool.name",
  toolCallId: "gen_ai.tool.call.id",
  /** Opt-in: content. */
  toolArguments: "gen_ai.tool.call.arguments",
  /** Opt-in: content. */
  toolResult: "gen_ai.tool.call.result",
  /** Opt-in: content. */
  outputMessages: "gen_ai.output.messages",
} as const;

export const MCP = { method: "mcp.method.name" } as const;

export const K8S = { namespace: "k8s.namespace.name" } as const;

export const ERROR_TYPE = "error.type";

/** The operations of GenAI spans, and how a span of each is named. */
export const OPERATIONS = {
  ...{ chat: "chat", agent: "invoke_agent", tool: "execute_tool" },
  workflow: "invoke_workflow",
} as const;
