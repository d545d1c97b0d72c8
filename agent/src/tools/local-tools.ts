import type { ToolCall, ToolResult } from "@sre-agent/crds";
import { callMeta } from "./call-meta.ts";
import { createPinnedTools, type ListedTool } from "./pinned-tools.ts";
import type { CallOptions, ToolClient } from "./tool-client.ts";
import { failed, resultOf } from "./tool-result.ts";

interface LocalReply {
  readonly content: readonly { readonly type: string; readonly text?: string }[];
  readonly structuredContent?: unknown;
  readonly isError?: boolean;
  readonly _meta?: Readonly<Record<string, unknown>>;
}

/** An MCP server in this process: its list, and its calls without a wire. */
export interface LocalServer {
  readonly tools: readonly ListedTool[];
  readonly call: (call: {
    readonly name: string;
    readonly args: unknown;
    readonly meta: Readonly<Record<string, unknown>>;
    readonly signal: AbortSignal;
    /** Nobody is authenticated on the way: the caller is this process. */
    readonly principal: undefined;
  }) => Promise<LocalReply>;
}

/** The tools of an MCP server in this process, as a run sees them. Throws for a tool that no provider takes. */
export function localTools({ tools, call }: LocalServer): ToolClient {
  const pinned = createPinnedTools<object>();
  const owner = {};
  pinned.remember(tools.map((tool) => ({ owner, tool })));
  return {
    list: pinned.list,
    async call(toolCall, options) {
      if (pinned.find(toolCall.tool) !== owner) return failed(toolCall, "TOOL_UNKNOWN", "no such tool");
      return answered(call, toolCall, options);
    },
  };
}

async function answered(call: LocalServer["call"], toolCall: ToolCall, options: CallOptions): Promise<ToolResult> {
  const outOfTime = AbortSignal.timeout(options.timeoutMs);
  const signal = AbortSignal.any([options.signal, outOfTime]);
  const { tool: name, arguments: args } = toolCall;
  const given = call({ name, args, meta: callMeta(options), signal, principal: undefined });
  const reply = await Promise.race([given, aborted(signal)]).catch((error: unknown) => {
    options.signal.throwIfAborted();
    if (outOfTime.aborted) return undefined;
    throw error;
  });
  if (reply === undefined) return failed(toolCall, "TOOL_TIMEOUT", "no reply in time");
  const text = reply.content.map((part) => part.text ?? `(${part.type} left out)`).join("\n");
  const { structuredContent: structured, isError = false, _meta: meta = {} } = reply;
  return resultOf(toolCall, { text, ...(structured === undefined ? {} : { structured }), isError, meta });
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const leave = () => reject(signal.reason);
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
  });
}
