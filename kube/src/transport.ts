import type { Dispatcher } from "undici";
import type { CallOptions } from "./access.ts";
import { type Agents, createAgents } from "./agents.ts";
import type { ClusterTarget, Credential } from "./credentials.ts";
import { type Deadline, startDeadline } from "./deadline.ts";
import { isKubeError, KubeError } from "./error.ts";
import { errorOfAnswer, errorOfFailure } from "./status-error.ts";
import { withoutArrays } from "./without-arrays.ts";

type QueryValue = string | number | boolean | undefined;

/** One HTTP call to the API server. `path` is already encoded. */
export interface KubeRequest extends CallOptions {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE" | "PUT";
  readonly path: string;
  readonly query?: Readonly<Record<string, QueryValue>>;
  readonly accept?: string;
  readonly contentType?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Names of arrays of a JSON answer that are read as empty ones. */
  readonly leaveOut?: readonly string[];
}

/** An open answer whose body arrives piece by piece. */
export interface OpenStream {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Ends it; whoever reads `chunks` then gets `reason`. */
  close(reason?: unknown): void;
}

/** The HTTP side of a connection. Every method throws KubeError and nothing else. */
export interface Transport {
  json<T>(request: KubeRequest): Promise<T>;
  /** A JSON answer for `parseAnswer`. */
  unparsed(request: KubeRequest): Promise<Buffer>;
  text(request: KubeRequest): Promise<string>;
  /** For watches: `timeoutMs` bounds the wait for the answer's head only; `signal` ends the stream. */
  stream(request: KubeRequest): Promise<OpenStream>;
  close(): Promise<void>;
}

/** The largest answer that is read: a 5,000-pod page is about 37 MB. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

type Answer = Dispatcher.ResponseData;
type AgentName = keyof Agents;

/** Connects nothing yet: the first request does. */
export function createTransport(target: ClusterTarget, userAgent: string): Transport {
  const agents = createAgents(target);
  const fixedHeaders = { "user-agent": userAgent, ...impersonationHeaders(target) };

  async function send(request: KubeRequest, agentName: AgentName, signal: AbortSignal): Promise<Answer> {
    const answer = await sendAs(await readCredential(target, false));
    if (answer.statusCode !== 401) return answer;
    // The token may have been rotated since it was read; once is enough to know.
    await answer.body.dump();
    return sendAs(await readCredential(target, true));

    async function sendAs(credential: Credential): Promise<Answer> {
      const agent = (await agents.current(credential))[agentName];
      return agent.request(toDispatch(request, signal, { ...fixedHeaders, ...authorizationHeader(credential) }));
    }

    function toDispatch(r: KubeRequest, s: AbortSignal, headers: Headers): Dispatcher.RequestOptions {
      return {
        origin: agents.origin,
        path: agents.basePath + r.path + queryString(r.query),
        method: r.method,
        headers: { accept: "application/json", ...headers, ...contentHeaders(r) },
        body: r.body === undefined ? null : JSON.stringify(r.body),
        signal: s,
      };
    }
  }

  async function call(request: KubeRequest): Promise<Buffer> {
    const deadline = startDeadline(describe(request), request);
    try {
      const answer = await withOneRetry(request, () => send(request, "requests", deadline.signal));
      return await readAnswer(request, answer);
    } catch (error) {
      throw deadline.failure() ?? errorOfFailure(error, target.server);
    } finally {
      deadline.end();
    }
  }

  return {
    text: async (request) => textOf(await call(request)),
    json: async <T>(request: KubeRequest) => parseAnswer<T>(await call(request), request),
    unparsed: call,
    stream: (request) => openStream(request, (signal) => send(request, "watches", signal), target.server),
    close: () => agents.close(),
  };
}

type Headers = Readonly<Record<string, string | string[]>>;

async function readCredential(target: ClusterTarget, force: boolean): Promise<Credential> {
  try {
    return await target.credential(force);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const message = `No credential for ${target.user}: ${text.trim()}`;
    throw new KubeError(message, { code: "UNAUTHORIZED", cause: error, nextStep: cureOf(error as Failed) });
  }
}

interface Failed {
  readonly code?: string;
  readonly syscall?: string;
  readonly path?: string;
}

/** What can be done about a credential that was not even read. */
function cureOf({ code, syscall = "", path }: Failed): string {
  const isPlugin = code === "ENOENT" && syscall.startsWith("spawn");
  if (isPlugin) return `Install ${path}: the kubeconfig asks it for the credential.`;
  return "Log in again, or correct the user in the kubeconfig.";
}

async function openStream(
  request: KubeRequest,
  send: (signal: AbortSignal) => Promise<Answer>,
  server: string,
): Promise<OpenStream> {
  const stop = new AbortController();
  const deadline: Deadline = startDeadline(describe(request), request);
  const onDeadline = () => stop.abort(deadline.failure());
  if (deadline.signal.aborted) onDeadline();
  deadline.signal.addEventListener("abort", onDeadline, { once: true });
  try {
    const answer = await send(stop.signal);
    if (answer.statusCode >= 300) await readAnswer(request, answer);
    answer.body.on("error", () => undefined);
    return { chunks: answer.body, close: (reason) => stop.abort(reason) };
  } catch (error) {
    stop.abort();
    throw deadline.failure() ?? errorOfFailure(error, server);
  } finally {
    // From here on the stream has no time limit: its reader judges silence.
    deadline.end();
    deadline.signal.removeEventListener("abort", onDeadline);
    request.signal?.addEventListener("abort", () => stop.abort(), { once: true, signal: stop.signal });
  }
}

/** A kept-alive connection may have been closed by the server: a read is repeated once, a write never. */
async function withOneRetry(request: KubeRequest, send: () => Promise<Answer>): Promise<Answer> {
  try {
    return await send();
  } catch (error) {
    if (request.method !== "GET" || isKubeError(error) || !isClosedConnection(error)) throw error;
    return send();
  }
}

const CLOSED = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE", "ERR_HTTP2_STREAM_ERROR", "ERR_HTTP2_GOAWAY_SESSION"]);

function isClosedConnection(error: unknown): boolean {
  return error instanceof Error && "code" in error && CLOSED.has(String(error.code));
}

async function readAnswer(request: KubeRequest, answer: Answer): Promise<Buffer> {
  const body = await readBounded(request, answer);
  if (answer.statusCode < 300) return body;
  throw errorOfAnswer({
    status: answer.statusCode,
    body: textOf(body),
    retryAfter: firstOf(answer.headers["retry-after"]),
    what: describe(request),
  });
}

async function readBounded(request: KubeRequest, answer: Answer): Promise<Buffer> {
  let body = Buffer.alloc(0);
  let bytes = 0;
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    const needed = bytes + chunk.length;
    if (needed > MAX_BODY_BYTES) {
      answer.body.destroy();
      throw new KubeError(`${describe(request)}: the answer is larger than 64 MiB. Ask for fewer items.`, {
        code: "TOO_LARGE",
      });
    }
    if (needed > body.length) body = grown(body, needed);
    chunk.copy(body, bytes);
    bytes = needed;
  }
  return body.subarray(0, bytes);
}

/** Room for an answer that is copied as it arrives: pieces kept to its end would be garbage that is long not collected. */
function grown(body: Buffer, needed: number): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * body.length));
  body.copy(larger);
  release(body);
  return larger;
}

function textOf(body: Buffer): string {
  const text = body.toString("utf8");
  release(body);
  return text;
}

/** Gives the memory back at once: the garbage collector would come after many more pages of a list. */
function release({ buffer }: Buffer): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/** What the answer to `request` holds; `body` is not to be used any more. @throws KubeError when it is no JSON. */
export function parseAnswer<T>(body: Buffer, request: KubeRequest): T {
  try {
    return JSON.parse(textOf(withoutArrays(body, request.leaveOut ?? []))) as T;
  } catch (error) {
    throw new KubeError(`${describe(request)}: the answer is no JSON.`, { code: "SERVER_ERROR", cause: error });
  }
}

function describe(request: KubeRequest): string {
  return `${request.method} ${request.path}`;
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function queryString(query: KubeRequest["query"]): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) parameters.append(name, String(value));
  }
  return parameters.size === 0 ? "" : `?${parameters}`;
}

function contentHeaders({ accept, body, contentType }: KubeRequest): Headers {
  return {
    ...(accept === undefined ? {} : { accept }),
    ...(body === undefined ? {} : { "content-type": contentType ?? "application/json" }),
  };
}

function authorizationHeader({ authorization }: Credential): Headers {
  return authorization === undefined ? {} : { authorization };
}

function impersonationHeaders({ impersonate }: ClusterTarget): Headers {
  if (impersonate === undefined) return {};
  const groups = impersonate.groups ?? [];
  return {
    "impersonate-user": impersonate.user,
    ...(groups.length === 0 ? {} : { "impersonate-group": [...groups] }),
  };
}
