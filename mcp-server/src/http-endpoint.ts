import { randomUUID } from "node:crypto";
import {
  type NodeIncomingMessageLike,
  NodeStreamableHTTPServerTransport,
  toNodeHandler,
  toWebRequest,
} from "@modelcontextprotocol/node";
import { type AuthInfo, createMcpHandler, isLegacyRequest, type Server } from "@modelcontextprotocol/server";
import { createFactory, type ServerOptions } from "./server.ts";

type NodeRequest = Parameters<NodeStreamableHTTPServerTransport["handleRequest"]>[0];
type NodeResponse = Parameters<NodeStreamableHTTPServerTransport["handleRequest"]>[1];

/** One authenticated HTTP request to the MCP endpoint. */
interface HttpExchange {
  readonly request: NodeRequest;
  readonly response: NodeResponse;
  readonly body: unknown;
  /** Distinguishes callers: a session belongs to the one who opened it. */
  readonly principalKey: string;
  readonly principal: unknown;
}

export interface HttpEndpoint {
  handle(exchange: HttpExchange): Promise<void>;
  readonly sessions: number;
  /** Closes idle sessions; called now and then, since a client that is gone makes no request to notice it by. */
  closeIdle(): void;
  close(): Promise<void>;
}

export interface EndpointOptions {
  readonly now: () => number;
  readonly onError: (error: Error) => void;
  /** Idle sessions of clients that never said goodbye are closed after this. */
  readonly sessionTtlMs: number;
  readonly maxSessions: number;
  /** Above it, a caller's own least recently used session is closed: nobody can take the places of all. */
  readonly maxSessionsPerCaller: number;
}

/** Streamable HTTP: stateless for the 2026 era, sessions for clients of the 2025 era. */
export function createHttpEndpoint(server: ServerOptions, options: EndpointOptions): HttpEndpoint {
  const factory = createFactory(server);
  const handler = createMcpHandler(factory, { legacy: "reject", onerror: options.onError });
  const modern = toNodeHandler(handler, { onerror: options.onError });
  const sessions = createSessions(factory, options);

  return {
    async handle(exchange) {
      const { request, response, body, principal } = exchange;
      // The token itself stays out: nothing behind the door needs it.
      const auth: AuthInfo = { token: "", clientId: exchange.principalKey, scopes: [], extra: { principal } };
      const authenticated = Object.assign(request, { auth });
      // The same request under the SDK's duck type, whose optional members may not be undefined.
      const duck = authenticated as NodeIncomingMessageLike;
      const web = await toWebRequest(duck, body);
      if (await isLegacyRequest(web, body)) return sessions.handle({ ...exchange, request: authenticated });
      return modern(duck, response as Parameters<typeof modern>[1], body);
    },
    get sessions() {
      return sessions.size;
    },
    closeIdle: () => sessions.closeIdle(),
    async close() {
      await sessions.close();
      await handler.close();
    },
  };
}

interface Session {
  readonly transport: NodeStreamableHTTPServerTransport;
  readonly owner: string;
  lastUsed: number;
}

/** Clients of the 2025 era: one server for each session, owned by the caller who opened it. */
function createSessions(factory: () => Server, options: EndpointOptions) {
  const { now, sessionTtlMs, maxSessions, maxSessionsPerCaller } = options;
  const sessions = new Map<string, Session>();

  function closeIdle(): void {
    const idle = [...sessions.values()].filter(({ lastUsed }) => now() - lastUsed > sessionTtlMs);
    for (const { transport } of idle) void transport.close();
  }

  function resumed(id: string, owner: string): NodeStreamableHTTPServerTransport | undefined {
    const session = sessions.get(id);
    if (session?.owner !== owner) return undefined;
    session.lastUsed = now();
    return session.transport;
  }

  async function makeRoom(owner: string): Promise<void> {
    const own = [...sessions.values()].filter((session) => session.owner === owner);
    if (own.length < maxSessionsPerCaller) return;
    const oldest = own.reduce((one, other) => (other.lastUsed < one.lastUsed ? other : one));
    await oldest.transport.close();
  }

  async function opened(owner: string): Promise<NodeStreamableHTTPServerTransport | undefined> {
    await makeRoom(owner);
    if (sessions.size >= maxSessions) return undefined;
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void sessions.set(id, { transport, owner, lastUsed: now() }),
    });
    await factory().connect(transport);
    const closed = transport.onclose;
    transport.onclose = () => {
      if (transport.sessionId !== undefined) sessions.delete(transport.sessionId);
      closed?.();
    };
    return transport;
  }

  return {
    get size() {
      return sessions.size;
    },
    closeIdle,
    async handle({ request, response, body, principalKey }: HttpExchange): Promise<void> {
      closeIdle();
      const id = request.headers["mcp-session-id"];
      const transport = id === undefined ? await opened(principalKey) : resumed(String(id), principalKey);
      if (transport === undefined) return refuse(response, id === undefined ? 503 : 404);
      return transport.handleRequest(request, response, body);
    },
    async close(): Promise<void> {
      await Promise.allSettled([...sessions.values()].map(({ transport }) => transport.close()));
    },
  };
}

function refuse(response: NodeResponse, status: 404 | 503): void {
  const message = status === 404 ? "no such session" : "too many sessions; try again later";
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify({ jsonrpc: "2.0", error: { code: -32_000, message }, id: null }));
}
