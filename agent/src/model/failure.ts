import { ModelError } from "./model-error.ts";

/** What the SDK's errors have in common; read by shape, so that the SDK loads only where it is used. */
interface Failure {
  readonly headers?: unknown;
  readonly error?: unknown;
  readonly code?: unknown;
  readonly param?: unknown;
}

const MAX_HINT_MS = 24 * 3_600_000;
const FILTER_REMEDY =
  "If it was a log or an event, loosen the deployment's content filter (jailbreak, indirect attack).";

/**
 * Puts an error of a turn into the closed enum: an answer of the endpoint by its status, and what is neither that nor an
 * endpoint that gave none is a fault of our own. The messages are ours: the originals quote prompts.
 */
export function modelFailure(error: unknown, now: number): ModelError {
  if (error instanceof ModelError) return error;
  const status = statusOf(error);
  return status === undefined ? internalFailure(error) : byStatus(status, Object(error), { now, cause: error });
}

/** The HTTP status with which the endpoint refused; undefined when it did not. */
export function statusOf(error: unknown): number | undefined {
  const status = memberOf(error, "status");
  return typeof status === "number" ? status : undefined;
}

/** To try again what our own code cannot do would only cost time. */
export function internalFailure(cause: unknown): ModelError {
  const name = cause instanceof Error ? cause.name : typeof cause;
  return new ModelError("internal", `The agent's own code failed (${name}): report it with the agent's log.`, {
    cause,
  });
}

interface Origin {
  readonly now: number;
  readonly cause: unknown;
}

function byStatus(status: number, failure: Failure, { now, cause }: Origin): ModelError {
  if (status === 429) return limited(failure, { now, cause });
  const retryAfterMs = retryHint(failure.headers, now);
  const said = `The model's endpoint answered ${status}`;
  if (status === 401 || status === 403) {
    return new ModelError("auth", `${said}: the key is wrong, or may not use this deployment.`, { cause });
  }
  if (status === 404) return new ModelError("bad_response", `${said}: no such deployment.`, { final: true, cause });
  if (status === 408 || status === 409 || status >= 500) {
    return new ModelError("unreachable", `${said}.`, { retryAfterMs, cause });
  }
  return refused(said, failure, cause);
}

function limited(failure: Failure, { now, cause }: Origin): ModelError {
  if (failure.code === "insufficient_quota" || failure.code === "billing_hard_limit_reached") {
    return new ModelError("quota", "The quota of the model's deployment is used up.", { cause });
  }
  const retryAfterMs = retryHint(failure.headers, now);
  return new ModelError("rate_limited", "The model's deployment is at its rate limit.", { retryAfterMs, cause });
}

function refused(said: string, failure: Failure, cause: unknown): ModelError {
  const { code, param, error } = failure;
  if (code === "content_filter") {
    const kinds = filteredKinds(error).join(", ") || "kind not said";
    return new ModelError("filtered", `A content filter blocked the prompt (${kinds}). ${FILTER_REMEDY}`, { cause });
  }
  if (exceedsWindow(failure)) return new ModelError("bad_response", TOO_LONG, { final: true, cause });
  const needsResponses = wantsResponses(failure);
  const hint = needsResponses ? " This model takes tools only with MODEL_BACKEND=responses." : "";
  const named = typeof param === "string" && /^[\w.[\]]{1,64}$/.test(param) ? ` about ${param}` : "";
  const message = `${said}${named}: it does not take the request.${hint}`;
  return new ModelError("bad_response", message, { final: true, needsResponses, cause });
}

/** Newer models refuse tools together with reasoning on Chat Completions, whether an effort was sent or not. */
function wantsResponses({ param, error }: Failure): boolean {
  const message = messageOf(error);
  return message.includes("/v1/responses") || (param === "reasoning_effort" && /tools/i.test(message));
}

const TOO_LONG =
  "The prompt does not fit the model's window: set MODEL_CONTEXT_TOKENS to what the endpoint gives a request, or give it more.";

/** OpenAI and Azure say it by a code, llama.cpp by a type, vLLM in words. */
function exceedsWindow({ code, error }: Failure): boolean {
  if (code === "context_length_exceeded" || memberOf(error, "type") === "exceed_context_size_error") return true;
  return /maximum context length|context size/i.test(messageOf(error));
}

/** Whether an endpoint does not know this form of a reply. */
export function refusesForm(error: unknown): boolean {
  return refusesBody(error) && messageOf(error).includes("response_format");
}

/** Whether an endpoint wants a text where a turn with calls has none. */
export function refusesNull(error: unknown): boolean {
  const message = messageOf(error);
  return refusesBody(error) && /\bcontent\b/i.test(message) && /\bnull\b|\bnil\b|\bNone\b|valid string/.test(message);
}

/** llama-cpp-python answers 500 to what it cannot read. */
function refusesBody(error: unknown): boolean {
  return [400, 422, 500].includes(statusOf(error) ?? 0);
}

function messageOf(failure: unknown): string {
  return String(memberOf(failure, "message") ?? "").slice(0, 2_000);
}

function filteredKinds(error: unknown): readonly string[] {
  const result = memberOf(memberOf(error, "innererror"), "content_filter_result");
  if (typeof result !== "object" || result === null) return [];
  return Object.entries(result).flatMap(([kind, verdict]) =>
    memberOf(verdict, "filtered") === true && /^[\w-]{1,32}$/.test(kind) ? [kind] : [],
  );
}

/** The least wait that the headers ask for: `retry-after-ms` before `retry-after`, which is seconds or a date. */
function retryHint(headers: unknown, now: number): number | undefined {
  if (!(headers instanceof Headers)) return undefined;
  const exact = headers.get("retry-after-ms");
  if (exact !== null && /^\d{1,12}(\.\d+)?$/.test(exact)) return Math.min(Math.ceil(Number(exact)), MAX_HINT_MS);
  const after = headers.get("retry-after");
  if (after === null) return undefined;
  const ms = /^\d{1,9}(\.\d+)?$/.test(after) ? Number(after) * 1_000 : Date.parse(after) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, Math.ceil(ms)), MAX_HINT_MS);
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
