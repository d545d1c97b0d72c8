import { setTimeout as sleep } from "node:timers/promises";
import {
  Client,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
  StreamableHTTPClientTransport,
  type Tool,
} from "@modelcontextprotocol/client";
import type { ListedTool } from "./pinned-tools.ts";
import type { ToolReply } from "./tool-result.ts";

/** The only file that knows the MCP SDK's client. */

export interface LinkOptions {
  readonly url: string;
  /** Read for every request, so that a rotated token is used at once. */
  readonly token: () => string;
}

interface LinkCall {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** Why a call has no reply. `refused` and `unauthorized` would end alike another time. */
export interface LinkFailure {
  readonly failure: "timeout" | "unreachable" | "unauthorized" | "refused";
  readonly message: string;
}

/** One MCP server of ours. */
export interface McpServerLink {
  /** Rejects when the server cannot be reached. */
  list(signal: AbortSignal): Promise<readonly ListedTool[]>;
  /** Rejects only when `signal` aborts. */
  call(call: LinkCall): Promise<ToolReply | LinkFailure>;
  close(): Promise<void>;
}

const VERSION = "2026-07-28";
const CONNECT_TIMEOUT_MS = 5_000;
const MAX_MESSAGE = 500;

type Mode = { readonly pin: string } | "auto";

/** Connects at the first use, and again after a failure. No capability is declared: nobody sits here who could answer. */
export function linkMcpServer({ url, token }: LinkOptions): McpServerLink {
  let connected: Promise<Client> | undefined;

  async function connect(mode: Mode): Promise<Client> {
    const client = new Client(
      { name: "sre-agent", version: "0.1.0" },
      { capabilities: {}, versionNegotiation: { mode } },
    );
    const authProvider = { token: async () => token() };
    const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider, fetch: patientFetch });
    await client.connect(transport, { timeout: CONNECT_TIMEOUT_MS });
    return client;
  }

  /** Our own servers speak the pinned revision; whatever else stands there may negotiate. */
  async function connectOrNegotiate(): Promise<Client> {
    try {
      return await connect({ pin: VERSION });
    } catch (error) {
      if (!(error instanceof SdkError) || error.code !== SdkErrorCode.EraNegotiationFailed) throw error;
      return connect("auto");
    }
  }

  async function withClient<Value>(use: (client: Client) => Promise<Value>): Promise<Value> {
    connected ??= connectOrNegotiate();
    const mine = connected;
    try {
      return await use(await mine);
    } catch (error) {
      // A session of the server before it restarted would never work again.
      if (connected === mine && !(error instanceof ProtocolError)) connected = undefined;
      throw error;
    }
  }

  return {
    list: (signal) =>
      withClient(async (client) => {
        const { tools } = await client.listTools(undefined, { signal });
        return tools.map(listed);
      }),
    async call({ tool, args, meta, signal, timeoutMs }) {
      const params = { name: tool, arguments: { ...args }, _meta: { ...meta } };
      try {
        return await withClient(async (client) =>
          replyOf(await client.callTool(params, { signal, timeout: timeoutMs })),
        );
      } catch (error) {
        signal.throwIfAborted();
        return failureOf(error);
      }
    },
    async close() {
      await connected?.then((open) => open.close()).catch(() => undefined);
    },
  };
}

const MAX_WAIT_S = 10;

/** Waits once, and only as long as a call can, when the server says that it was asked too often. */
const patientFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  if (response.status !== 429 || !(seconds <= MAX_WAIT_S)) return response;
  await response.body?.cancel();
  await sleep(seconds * 1000, undefined, init?.signal ? { signal: init.signal } : {});
  return fetch(input, init);
};

function replyOf({ content, structuredContent, isError, _meta }: Awaited<ReturnType<Client["callTool"]>>): ToolReply {
  const text = content.map((part) => (part.type === "text" ? part.text : `(${part.type} left out)`)).join("\n");
  const structured = structuredContent === undefined ? {} : { structured: structuredContent };
  return { text, ...structured, isError: isError === true, meta: _meta ?? {} };
}

function failureOf(error: unknown): LinkFailure {
  const message = (error instanceof Error ? error.message : String(error)).slice(0, MAX_MESSAGE);
  if (error instanceof ProtocolError) return { failure: "refused", message };
  if (error instanceof SdkHttpError && (error.status === 401 || error.status === 403)) {
    return { failure: "unauthorized", message: `the server answered ${error.status}` };
  }
  const timedOut = error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout;
  return timedOut ? { failure: "timeout", message: "no reply in time" } : { failure: "unreachable", message };
}

function listed({ name, description = "", inputSchema, annotations, _meta = {} }: Tool): ListedTool {
  return { name, description, inputSchema, readOnly: annotations?.readOnlyHint === true, meta: _meta };
}
