import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { API_AUDIENCE, type User, userOf } from "../access/tokens.ts";
import { ApiError, unauthorized } from "../api-error.ts";
import type { Answer, Api, ApiRequest } from "./request.ts";
import { route } from "./router.ts";

const MAX_BODY_BYTES = 3 * 1024 * 1024;

/** Paths that need no token. */
const PUBLIC = new Set(["/version", "/readyz", "/livez", "/healthz"]);

const ANONYMOUS: User = { username: "system:anonymous", groups: ["system:unauthenticated"] };

export interface ListeningServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Serves the API on 127.0.0.1; port 0 takes a free one. */
export async function listen(api: Api, port: number): Promise<ListeningServer> {
  const stopping = new AbortController();
  const server = createServer((message, response) => {
    void serve(api, { message, response, stopping: stopping.signal });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${address.port}`, stop: () => stop(server, stopping) };
}

async function stop(server: Server, stopping: AbortController): Promise<void> {
  stopping.abort();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

interface Exchange {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  readonly stopping: AbortSignal;
}

async function serve(api: Api, exchange: Exchange): Promise<void> {
  try {
    await send(exchange, route(api, await readRequest(api, exchange.message)));
  } catch (error) {
    sendError(exchange.response, error);
  }
}

function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const failure = error instanceof ApiError ? error : internalError(error);
  sendJson(response, failure.body.code, failure.body);
}

function internalError(error: unknown): ApiError {
  const message = error instanceof Error ? error.message : String(error);
  return new ApiError(500, `Internal error occurred: ${message}`, { reason: "InternalError" });
}

async function send({ message, response, stopping }: Exchange, answer: Answer): Promise<void> {
  if (answer.kind === "json") {
    for (const warning of answer.warnings ?? []) {
      response.appendHeader("Warning", `299 - ${JSON.stringify(warning)}`);
    }
    response.setHeader("content-type", answer.contentType ?? "application/json");
    sendJson(response, answer.code, answer.body);
  } else if (answer.kind === "text") {
    response.writeHead(answer.code, { "content-type": "text/plain; charset=utf-8" }).end(answer.text);
  } else {
    const gone = new AbortController();
    message.once("close", () => gone.abort());
    response.once("close", () => gone.abort());
    response.writeHead(200, { "content-type": "application/json", "transfer-encoding": "chunked" }).flushHeaders();
    await answer.run((line) => response.write(line), AbortSignal.any([gone.signal, stopping]));
    response.end();
  }
}

function sendJson(response: ServerResponse, code: number, body: unknown): void {
  if (!response.hasHeader("content-type")) response.setHeader("content-type", "application/json");
  response.writeHead(code, { "cache-control": "no-cache, private" });
  response.end(`${JSON.stringify(body)}\n`);
}

async function readRequest(api: Api, message: IncomingMessage): Promise<ApiRequest> {
  const url = new URL(message.url ?? "/", "http://sandbox");
  const path = url.pathname.length > 1 ? url.pathname.replace(/\/+$/, "") : url.pathname;
  const user = authenticate(api, message, path);
  return {
    method: message.method ?? "GET",
    path,
    query: url.searchParams,
    accept: message.headers.accept ?? "",
    contentType: message.headers["content-type"] ?? "",
    body: refuseProtobuf(message, await readBody(message)),
    user: impersonated(message, user),
    manager: (message.headers["user-agent"] ?? "unknown").split("/")[0] ?? "unknown",
  };
}

function authenticate(api: Api, { headers }: IncomingMessage, path: string): User {
  const { authorization } = headers;
  if (authorization === undefined && PUBLIC.has(path)) return ANONYMOUS;
  const text = /^Bearer (\S+)$/i.exec(authorization ?? "")?.[1];
  const token = text === undefined ? undefined : api.tokens.find(text);
  if (!token?.audiences.includes(API_AUDIENCE)) throw unauthorized();
  return token.user;
}

function impersonated({ headers }: IncomingMessage, user: User): User {
  const name = headers["impersonate-user"];
  if (typeof name !== "string") return user;
  const groups = headers["impersonate-group"];
  return userOf(name, typeof groups === "string" ? groups.split(", ") : (groups ?? []));
}

/** The one encoding that real servers take and this one does not. */
function refuseProtobuf({ headers }: IncomingMessage, body: string): string {
  if (!headers["content-type"]?.includes("protobuf")) return body;
  throw new ApiError(415, "the sandbox takes JSON bodies only", { reason: "UnsupportedMediaType" });
}

async function readBody(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (bytes > MAX_BODY_BYTES) {
    const message413 = `Request entity too large: limit is ${MAX_BODY_BYTES}`;
    throw new ApiError(413, message413, { reason: "RequestEntityTooLarge" });
  }
  return Buffer.concat(chunks).toString("utf8");
}
