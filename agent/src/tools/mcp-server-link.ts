import { Client, StreamableHTTPClientTransport, type Tool } from "@modelcontextprotocol/client";

/** The only file that knows the MCP SDK's client. */

export interface LinkOptions {
  readonly url: string;
  /** Read for every request, so that a rotated token is used at once. */
  readonly token: () => string;
}

export interface ListedTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: Readonly<Record<string, unknown>>;
  readonly readOnly: boolean;
  readonly meta: Readonly<Record<string, unknown>>;
}

export interface LinkCall {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

export interface LinkReply {
  readonly text: string;
  readonly structured?: unknown;
  readonly isError: boolean;
  readonly meta: Readonly<Record<string, unknown>>;
}

/** One MCP server of ours. Both methods reject when it cannot be reached. */
export interface McpServerLink {
  list(signal: AbortSignal): Promise<readonly ListedTool[]>;
  call(call: LinkCall): Promise<LinkReply>;
  close(): Promise<void>;
}

const VERSION = "2026-07-28";
const CONNECT_TIMEOUT_MS = 5_000;

/** Connects at the first use, and again after a failure. No capability is declared: nobody sits here who could answer. */
export function linkMcpServer({ url, token }: LinkOptions): McpServerLink {
  let connected: Promise<Client> | undefined;

  async function connect(): Promise<Client> {
    const options = { capabilities: {}, versionNegotiation: { mode: { pin: VERSION } } };
    const client = new Client({ name: "sre-agent", version: "0.1.0" }, options);
    const authProvider = { token: async () => token() };
    await client.connect(new StreamableHTTPClientTransport(new URL(url), { authProvider }), {
      timeout: CONNECT_TIMEOUT_MS,
    });
    return client;
  }

  async function client(): Promise<Client> {
    connected ??= connect();
    try {
      return await connected;
    } catch (error) {
      connected = undefined;
      throw error;
    }
  }

  return {
    async list(signal) {
      const { tools } = await (await client()).listTools(undefined, { signal });
      return tools.map(listed);
    },
    async call({ tool, args, meta, signal, timeoutMs }) {
      const params = { name: tool, arguments: { ...args }, _meta: { ...meta } };
      const { content, structuredContent, isError, _meta } = await (await client()).callTool(params, {
        signal,
        timeout: timeoutMs,
      });
      const text = content.map((part) => (part.type === "text" ? part.text : `(${part.type} left out)`)).join("\n");
      const structured = structuredContent === undefined ? {} : { structured: structuredContent };
      return { text, ...structured, isError: isError === true, meta: _meta ?? {} };
    },
    async close() {
      await connected?.then((open) => open.close()).catch(() => undefined);
    },
  };
}

function listed({ name, description = "", inputSchema, annotations, _meta = {} }: Tool): ListedTool {
  return { name, description, inputSchema, readOnly: annotations?.readOnlyHint === true, meta: _meta };
}
