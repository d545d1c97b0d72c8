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

async function readText({ url, response, maxBytes, signals }: Exchange): Promise<string> {
  const decoder = new TextDecoder();
  let [text, bytes] = ["", 0];
  try {
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) {
        const detail = `the answer has more than ${maxBytes} bytes`;
        throw new HttpError(url, { status: response.status, code: "TOO_LARGE", detail });
      }
      text += decoder.decode(chunk, { stream: true });
    }
  } catch (error) {
    throw failure(error, url, signals);
  }
  return text + decoder.decode();
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

async function exchange(url: string, body: unknown, options: PostOptions): Promise<Exchange> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signals = { timeout, any: AbortSignal.any([timeout, ...(options.signal ? [options.signal] : [])]) };
  const headers = { ...options.headers, "content-type": "application/json", accept: "application/json" };
  try {
    // A redirect could carry the bearer secret to another host.
    const request = { method: "POST", headers, body: JSON.stringify(body), redirect: "error" as const };
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
  const answer = await exchange(url, body, options);
  const text = await readText(answer);
  return text === "" ? undefined : parseJson(text, answer);
}
