import { HttpError } from "./http-error.ts";

export interface PostOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** For the whole exchange, the body included. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Of the answer's body. */
  readonly maxBytes: number;
}

interface Exchange {
  readonly url: string;
  readonly response: Response;
  readonly maxBytes: number;
  readonly signals: Signals;
}

interface Signals {
  readonly timeout: AbortSignal;
  readonly any: AbortSignal;
}

const MAX_DETAIL = 2_000;
const MAX_RETRY_AFTER_MS = 3_600_000;

function failure(error: unknown, url: string, signals: Signals): HttpError {
  if (error instanceof HttpError) return error;
  if (signals.timeout.aborted) {
    return new HttpError(url, { status: 0, code: "TIMEOUT", detail: "no complete answer in time", cause: error });
  }
  if (signals.any.aborted) {
    return new HttpError(url, { status: 0, code: "ABORTED", detail: "the call was cancelled", cause: error });
  }
  return new HttpError(url, { status: 0, code: "UNREACHABLE", detail: "the connection failed", cause: error });
}

async function* chunks({ url, response, maxBytes, signals }: Exchange): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) {
        const detail = `the answer has more than ${maxBytes} bytes`;
        throw new HttpError(url, { status: response.status, code: "TOO_LARGE", detail });
      }
      yield decoder.decode(chunk, { stream: true });
    }
  } catch (error) {
    throw failure(error, url, signals);
  }
  yield decoder.decode();
}

async function readText(exchange: Exchange): Promise<string> {
  let text = "";
  for await (const chunk of chunks(exchange)) text += chunk;
  return text;
}

function parseJson(text: string, { url, response }: Exchange): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const detail = "the answer is not JSON";
    throw new HttpError(url, { status: response.status, code: "MALFORMED_ANSWER", detail, cause });
  }
}

/** Delay of a Retry-After header, in either form; at most one hour. */
function retryAfterMs(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}

function problemMembers(text: string): { code?: string; detail?: string } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return {};
    const { code, title, detail } = value as Record<string, unknown>;
    const words = [title, detail].filter((part) => typeof part === "string").join(" ");
    return {
      ...(typeof code === "string" && /^[A-Z][A-Z0-9_]{0,63}$/.test(code) ? { code } : {}),
      ...(words === "" ? {} : { detail: words }),
    };
  } catch {
    // Not every server answers with problem details; the status alone is then what is known.
    return {};
  }
}

async function refusal(exchange: Exchange): Promise<HttpError> {
  const { response, url } = exchange;
  const problem = problemMembers(await readText(exchange));
  const wait = retryAfterMs(response.headers.get("retry-after"));
  return new HttpError(url, {
    status: response.status,
    code: problem.code ?? `HTTP_${response.status}`,
    detail: (problem.detail ?? `the server answered ${response.status}`).slice(0, MAX_DETAIL),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  });
}

async function exchange(url: string, init: { body: unknown; accept: string }, options: PostOptions): Promise<Exchange> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signals = { timeout, any: AbortSignal.any([timeout, ...(options.signal ? [options.signal] : [])]) };
  const headers = { ...options.headers, "content-type": "application/json", accept: init.accept };
  try {
    // A redirect could carry the bearer secret to another host.
    const request = { method: "POST", headers, body: JSON.stringify(init.body), redirect: "error" as const };
    const response = await fetch(url, { ...request, signal: signals.any });
    const result = { url, response, maxBytes: options.maxBytes, signals };
    if (!response.ok) throw await refusal(result);
    return result;
  } catch (error) {
    throw failure(error, url, signals);
  }
}

/** POSTs JSON and gives the JSON of a 2xx answer (undefined for an empty body). Throws only HttpError. */
export async function postJson(url: string, body: unknown, options: PostOptions): Promise<unknown> {
  const answer = await exchange(url, { body, accept: "application/json" }, options);
  const text = await readText(answer);
  return text === "" ? undefined : parseJson(text, answer);
}

/** The lines of a text that arrives in pieces; `\n`, `\r\n` and `\r` end one. */
async function* lines(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = "";
  for await (const piece of pieces) {
    const parts = (rest + piece).split(/\r\n|\n|\r(?!$)/);
    rest = parts.pop() ?? "";
    yield* parts;
  }
  if (rest !== "") yield rest.replace(/\r$/, "");
}

/**
 * POSTs JSON and yields the JSON of each `data:` event of a text/event-stream answer, until the server ends it. An
 * event that the end cuts short is dropped, as the format asks. Throws only HttpError; leaving the loop closes the
 * connection.
 */
export async function* postEvents(url: string, body: unknown, options: PostOptions): AsyncGenerator<unknown> {
  const answer = await exchange(url, { body, accept: "text/event-stream" }, options);
  const type = answer.response.headers.get("content-type") ?? "";
  if (!type.startsWith("text/event-stream")) {
    const detail = "the answer is no event stream";
    await answer.response.body?.cancel();
    throw new HttpError(url, { status: answer.response.status, code: "MALFORMED_ANSWER", detail });
  }
  let data: string[] = [];
  for await (const line of lines(chunks(answer))) {
    if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
    if (line !== "" || data.length === 0) continue;
    yield parseJson(data.join("\n"), answer);
    data = [];
  }
}
