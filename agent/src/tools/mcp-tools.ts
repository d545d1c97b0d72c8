import {
  DENIAL_META_KEY,
  digestOf,
  EVIDENCE_META_KEY,
  RUN_META_KEY,
  type ToolCall,
  type ToolResult,
} from "@sre-agent/crds";
import { type LinkReply, type ListedTool, linkMcpServer, type McpServerLink } from "./mcp-server-link.ts";
import type { CallOptions, OfferedTool, ToolClient } from "./tool-client.ts";

const AUDIENCE_META_KEY = "sre-agent.dev/audience";
const CORRELATION_META_KEY = "sre-agent.dev/correlation-id";
const RETRY_MS = [250, 500, 1_000, 2_000, 4_000] as const;
const MAX_TEXT = 60_000;

export interface McpToolsOptions {
  readonly readUrl: string;
  /** Absent: the agent can only look. */
  readonly actUrl?: string | undefined;
  readonly token: () => string;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The tools of our MCP servers, with what only the agent itself may call. */
export interface McpTools extends ToolClient {
  /**
   * Lists the tools of all servers and pins each by its description and schema: a tool that changes later is refused.
   * Rejects while a server cannot be reached; a repeated call compares.
   */
  refresh(signal: AbortSignal): Promise<void>;
  /** A call of the agent itself, for /execute; never offered to a model. Rejects when the server cannot be reached. */
  callDirectly(call: ToolCall, options: CallOptions): Promise<ToolResult>;
  close(): Promise<void>;
}

interface Known {
  readonly tool: OfferedTool;
  readonly link: McpServerLink;
  readonly pin: string;
  /** False once the server describes it otherwise than at the start. */
  unchanged: boolean;
}

export function connectMcpTools(options: McpToolsOptions): McpTools {
  const { readUrl, actUrl, token } = options;
  const read = linkMcpServer({ url: readUrl, token });
  const act = actUrl === undefined ? undefined : linkMcpServer({ url: actUrl, token });
  const links = act === undefined ? [read] : [read, act];
  const known = new Map<string, Known>();

  return {
    list: () => [...known.values()].map(({ tool }) => tool).sort((a, b) => (a.name < b.name ? -1 : 1)),
    async refresh(signal) {
      const lists = await Promise.all(links.map(async (link) => ({ link, tools: await link.list(signal) })));
      for (const { link, tools } of lists) for (const tool of tools.filter(isForModels)) remember(known, link, tool);
    },
    async call(call, callOptions) {
      const entry = known.get(call.tool);
      if (entry === undefined) return failed(call, "TOOL_UNKNOWN", "no such tool");
      if (!entry.unchanged) return failed(call, "TOOL_CHANGED", "its description changed since this agent started");
      return persistently(() => send(entry.link, call, callOptions), {
        call,
        options: callOptions,
        sleep: options.sleep,
      });
    },
    async callDirectly(call, callOptions) {
      if (act === undefined) return failed(call, "TOOL_UNKNOWN", "this agent has no act server");
      return send(act, call, callOptions);
    },
    async close() {
      await Promise.all(links.map((link) => link.close()));
    },
  };
}

const isForModels = ({ meta }: ListedTool) => meta[AUDIENCE_META_KEY] === undefined;

function remember(known: Map<string, Known>, link: McpServerLink, listed: ListedTool): void {
  const { name, description, inputSchema, readOnly } = listed;
  const pin = digestOf({ description, inputSchema });
  const before = known.get(name);
  if (before !== undefined) {
    before.unchanged = before.pin === pin;
    return;
  }
  known.set(name, {
    tool: { name, description, inputSchema, role: readOnly ? "read" : "act" },
    link,
    pin,
    unchanged: true,
  });
}

async function send(link: McpServerLink, call: ToolCall, options: CallOptions): Promise<ToolResult> {
  const { run, correlationId, signal, timeoutMs } = options;
  const meta = { ...(run === undefined ? {} : { [RUN_META_KEY]: run }), [CORRELATION_META_KEY]: correlationId };
  return resultOf(call, await link.call({ tool: call.tool, args: call.arguments, meta, signal, timeoutMs }));
}

function resultOf(call: ToolCall, { text, structured, isError, meta }: LinkReply): ToolResult {
  const denial = meta[DENIAL_META_KEY] as { readonly code?: string } | undefined;
  const evidence = (meta[EVIDENCE_META_KEY] ?? []) as readonly string[];
  return {
    callId: call.id,
    tool: call.tool,
    ok: !isError,
    ...(isError ? { code: denial?.code ?? "TOOL_ERROR" } : {}),
    text: text.slice(0, MAX_TEXT),
    ...(structured === undefined ? {} : { structured }),
    evidence: evidence.slice(0, 200),
  };
}

function failed(call: ToolCall, code: string, message: string): ToolResult {
  const text = `${code}: ${call.tool}: ${message}.`;
  return { callId: call.id, tool: call.tool, ok: false, code, text, evidence: [] };
}

interface Attempt {
  readonly call: ToolCall;
  readonly options: CallOptions;
  readonly sleep: McpToolsOptions["sleep"];
}

/** A server that restarts is back in seconds: the call is repeated until its time is over. Every tool can be repeated. */
async function persistently(send: () => Promise<ToolResult>, { call, options, sleep }: Attempt): Promise<ToolResult> {
  for (const wait of [...RETRY_MS, undefined]) {
    try {
      return await send();
    } catch (error) {
      options.signal.throwIfAborted();
      if (wait === undefined)
        return failed(call, "TOOL_UNREACHABLE", error instanceof Error ? error.message : String(error));
    }
    await sleep(wait, options.signal);
  }
  return failed(call, "TOOL_UNREACHABLE", "the server did not answer");
}
