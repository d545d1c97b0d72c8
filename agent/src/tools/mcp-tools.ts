import type { ToolCall, ToolResult } from "@sre-agent/crds";
import { callMeta } from "./call-meta.ts";
import { lazyLink } from "./lazy-link.ts";
import type { LinkFailure, McpServerLink } from "./mcp-server-link.ts";
import { createPinnedTools } from "./pinned-tools.ts";
import type { CallOptions, ToolClient } from "./tool-client.ts";
import { failed, resultOf } from "./tool-result.ts";

const RETRY_MS = [250, 500, 1_000, 2_000, 4_000] as const;

export interface McpToolsOptions {
  readonly readUrl: string;
  /** Absent: the agent can only look. */
  readonly actUrl?: string | undefined;
  readonly token: () => string;
  /** Rejects when `signal` aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The tools of our MCP servers, with what only the agent itself may call. */
export interface McpTools extends ToolClient {
  /**
   * Lists the tools of all servers and pins each by its description and schema: a tool that changes later is refused.
   * Rejects while a server cannot be reached or lists what no model can be given; a repeated call compares.
   */
  refresh(signal: AbortSignal): Promise<void>;
  /** A call of the agent itself, for /execute; never offered to a model. Rejects only when the signal aborts. */
  callDirectly(call: ToolCall, options: CallOptions): Promise<ToolResult>;
  close(): Promise<void>;
}

export function connectMcpTools({ readUrl, actUrl, token, sleep, now }: McpToolsOptions): McpTools {
  const read = lazyLink({ url: readUrl, token });
  const act = actUrl === undefined ? undefined : lazyLink({ url: actUrl, token });
  const links = act === undefined ? [read] : [read, act];
  const pinned = createPinnedTools<McpServerLink>();

  return {
    list: pinned.list,
    async refresh(signal) {
      const lists = await Promise.allSettled(links.map((link) => listOf(link, signal)));
      const listed = lists.flatMap((list) => (list.status === "fulfilled" ? list.value : []));
      const away = lists.find(({ status }) => status === "rejected");
      // A server that is away hides no change of another one; what is new waits until all are there.
      pinned.remember(away ? listed.filter(({ tool }) => pinned.find(tool.name) !== undefined) : listed);
      if (away?.status === "rejected") throw away.reason;
    },
    async call(call, options) {
      const found = pinned.find(call.tool);
      if (found === undefined) return failed(call, "TOOL_UNKNOWN", "no such tool");
      if (found === "changed") return failed(call, "TOOL_CHANGED", "its description changed since this agent started");
      return send(call, options, { link: found, waits: RETRY_MS, sleep, now });
    },
    async callDirectly(call, options) {
      if (act === undefined) return failed(call, "TOOL_UNKNOWN", "this agent has no act server");
      return send(call, options, { link: act, waits: [], sleep, now });
    },
    async close() {
      await Promise.all(links.map((link) => link.close()));
    },
  };
}

async function listOf(owner: McpServerLink, signal: AbortSignal) {
  return (await owner.list(signal)).map((tool) => ({ owner, tool }));
}

interface Way extends Pick<McpToolsOptions, "sleep" | "now"> {
  readonly link: McpServerLink;
  readonly waits: readonly number[];
}

/** A server that restarts is back in seconds: the call is repeated within its time. Every tool can be repeated. */
async function send(call: ToolCall, options: CallOptions, { link, waits, sleep, now }: Way): Promise<ToolResult> {
  const { signal, timeoutMs } = options;
  const meta = callMeta(options);
  const deadline = now() + timeoutMs;
  for (let made = 0; ; made += 1) {
    const left = Math.max(1, deadline - now());
    const reply = await link.call({ tool: call.tool, args: call.arguments, meta, signal, timeoutMs: left });
    if (!("failure" in reply)) return resultOf(call, reply);
    const wait = waits[made];
    if (reply.failure !== "unreachable" || wait === undefined || now() + wait >= deadline)
      return undelivered(call, reply);
    await sleep(wait, signal);
  }
}

const CODES = {
  timeout: "TOOL_TIMEOUT",
  unreachable: "TOOL_UNREACHABLE",
  unauthorized: "TOOL_UNAUTHORIZED",
  refused: "TOOL_REFUSED",
} as const satisfies Record<LinkFailure["failure"], string>;

function undelivered(call: ToolCall, { failure, message }: LinkFailure): ToolResult {
  return failed(call, CODES[failure], message);
}
