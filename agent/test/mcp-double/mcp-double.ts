import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { createMcpHandler, legacyStatelessFallback, Server } from "@modelcontextprotocol/server";
import { DENIAL_META_KEY, EVIDENCE_META_KEY, type ToolResult } from "@sre-agent/crds";

type Reply = Partial<Omit<ToolResult, "callId" | "tool">>;

export interface DoubleTool {
  readonly name: string;
  readonly description?: string;
  readonly readOnly?: boolean;
  readonly audience?: string;
  readonly properties?: Readonly<Record<string, { readonly type: string }>>;
  readonly reply: (args: Readonly<Record<string, unknown>>) => Reply | Promise<Reply>;
}

export interface ReceivedCall {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly authorization: string | undefined;
}

export interface McpDouble {
  readonly url: string;
  readonly calls: ReceivedCall[];
  /** What is listed and answered from now on. */
  use(tools: readonly DoubleTool[]): void;
  /** Answers the next HTTP requests with a status instead. */
  fail(status: number, times: number): void;
  stop(): Promise<void>;
}

/** An MCP server on loopback, made with the server SDK; `legacy`: one that knows no newer revision than 2025-11-25. */
export async function startMcpDouble(
  tools: readonly DoubleTool[],
  options: { readonly legacy?: boolean } = {},
): Promise<McpDouble> {
  const state = { tools, failures: { status: 500, left: 0 }, authorization: undefined as string | undefined };
  const calls: ReceivedCall[] = [];
  const factory = () => serverOf(state, calls);
  const modern = createMcpHandler(factory);
  const answerOf = options.legacy ? legacyStatelessFallback(factory) : modern.fetch;
  const server = createServer(async (request, response) => {
    if (state.failures.left > 0) {
      state.failures.left -= 1;
      return void response.writeHead(state.failures.status).end();
    }
    state.authorization = request.headers.authorization;
    const body = await buffer(request);
    const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]);
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const init = { method: request.method ?? "POST", headers, signal: gone.signal };
    const answer = await answerOf(
      new Request(
        `http://${request.headers.host}${request.url}`,
        body.length > 0 ? { ...init, body: new Uint8Array(body) } : init,
      ),
    );
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    for await (const chunk of answer.body ?? []) response.write(chunk);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    calls,
    use(next) {
      state.tools = next;
    },
    fail(status, left) {
      state.failures = { status, left };
    },
    async stop() {
      await modern.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

interface State {
  readonly tools: readonly DoubleTool[];
  readonly authorization: string | undefined;
}

function serverOf(state: State, calls: ReceivedCall[]): Server {
  const server = new Server(
    { name: "double", version: "0.0.0" },
    { capabilities: { tools: {} }, cacheHints: { "tools/list": { ttlMs: 0 } } },
  );
  server.setRequestHandler("tools/list", () => ({ tools: state.tools.map(listed) }));
  server.setRequestHandler("tools/call", async ({ params }, { mcpReq }) => {
    const { name, arguments: args = {} } = params;
    calls.push({ name, args, meta: { ...mcpReq._meta }, authorization: state.authorization });
    const tool = state.tools.find((each) => each.name === name);
    const { ok = true, code, text = "", structured, evidence = [] } = (await tool?.reply(args)) ?? { ok: false };
    return {
      content: [{ type: "text", text }],
      ...(structured === undefined ? {} : { structuredContent: structured as Record<string, unknown> }),
      ...(ok ? {} : { isError: true }),
      _meta: { [EVIDENCE_META_KEY]: evidence, ...(code === undefined ? {} : { [DENIAL_META_KEY]: { code } }) },
    };
  });
  return server;
}

function listed({ name, description = "", readOnly = true, audience, properties = {} }: DoubleTool) {
  return {
    name,
    description,
    inputSchema: { type: "object" as const, properties, additionalProperties: false },
    annotations: { readOnlyHint: readOnly },
    ...(audience === undefined ? {} : { _meta: { "sre-agent.dev/audience": audience } }),
  };
}
