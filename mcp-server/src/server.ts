import { type CallToolResult, Server } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { AUDIENCE_META_KEY } from "@sre-agent/crds";
import type { WireReply } from "./reply/exit.ts";
import { listedInput } from "./tools/input-schema.ts";
import type { ToolDescriptor } from "./tools/tool.ts";

/** Here and in http-endpoint.ts the MCP SDK is known: both protocol eras from one factory. */

/** One `tools/call`, as the wire has it. */
export interface WireCall {
  readonly name: string;
  readonly args: unknown;
  readonly meta: Readonly<Record<string, unknown>> | undefined;
  /** What authentication put on the request; absent on stdio. */
  readonly principal: unknown;
  readonly signal: AbortSignal;
}

export interface ServerOptions {
  readonly name: string;
  readonly version: string;
  readonly instructions: string;
  readonly descriptors: readonly ToolDescriptor[];
  /** Never rejects for anything a caller can cause. */
  readonly call: (call: WireCall) => Promise<WireReply>;
}

const LIST_TTL_MS = 300_000;

function listed(descriptor: ToolDescriptor) {
  const { name, title, description, hints, audience } = descriptor;
  return {
    name,
    title,
    description,
    inputSchema: listedInput(descriptor) as { type: "object" },
    annotations: {
      title,
      readOnlyHint: hints.readOnly,
      destructiveHint: hints.destructive,
      idempotentHint: hints.idempotent,
      openWorldHint: hints.openWorld,
    },
    ...(audience === "client" ? { _meta: { [AUDIENCE_META_KEY]: audience } } : {}),
  };
}

/** Makes a fresh server for a request, a session or a pipe; the tools are converted once. */
export function createFactory(options: ServerOptions): () => Server {
  // Converted once: a fresh server for every request would pay for it each time.
  const tools = options.descriptors.map(listed);
  const info = { name: options.name, version: options.version };
  return () => {
    const server = new Server(info, {
      capabilities: { tools: {} },
      instructions: options.instructions,
      cacheHints: {
        "tools/list": { ttlMs: LIST_TTL_MS, cacheScope: "private" },
        "server/discover": { ttlMs: LIST_TTL_MS },
      },
    });
    server.setRequestHandler("tools/list", () => ({ tools }));
    server.setRequestHandler("tools/call", async ({ params }, { mcpReq, http }) => {
      const reply = await options.call({
        name: params.name,
        args: params.arguments,
        meta: params._meta ?? mcpReq._meta,
        principal: http?.authInfo?.extra?.["principal"],
        signal: mcpReq.signal,
      });
      return reply as CallToolResult;
    });
    return server;
  };
}

/** Serves on standard input and output until the client closes them. */
export function serveOnStdio(options: ServerOptions, onError: (error: Error) => void): { close(): Promise<void> } {
  return serveStdio(createFactory(options), { onerror: onError });
}
