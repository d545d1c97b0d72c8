import { AuthenticationError, OpenAI } from "openai";
import type { ChatCompletionCreateParamsNonStreaming } from "openai/resources/chat/completions";
import { ModelError } from "./model-error.ts";

export interface EndpointOptions {
  readonly baseUrl: string;
  readonly apiKey: () => string;
}

interface Limits {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** Sends one request and gives the body of the answer as it came. Throws the SDK's errors, or ModelError without a key. */
export type Complete = (body: ChatCompletionCreateParamsNonStreaming, limits: Limits) => Promise<unknown>;

/** This module imports the SDK: import it only where a model is used. */
export function connectChat({ baseUrl, apiKey }: EndpointOptions): Complete {
  const client = clientOf(baseUrl);
  return async (body, { signal, timeoutMs: timeout }) => {
    const send = async (key: string): Promise<unknown> =>
      client.chat.completions.create(body, { signal, timeout, headers: { authorization: `Bearer ${key}` } });
    const key = keyFrom(apiKey);
    try {
      return await send(key);
    } catch (error) {
      const current = error instanceof AuthenticationError ? keyFrom(apiKey) : key;
      // A key that was rotated on the way deserves its own answer; the same key would get the same one.
      if (current === key) throw error;
      return await send(current);
    }
  };
}

/** Everything that the SDK would otherwise take from `OPENAI_*` is said here. */
function clientOf(baseURL: string): OpenAI {
  return new OpenAI({
    baseURL,
    apiKey: "given with each request",
    ...{ adminAPIKey: null, organization: null, project: null, webhookSecret: null },
    maxRetries: 0,
    logLevel: "off",
    fetch: (url, init) => fetch(url, { ...init, headers: headersWith(init?.headers), redirect: "error" }),
  });
}

/** Only these go out: the SDK's own would count towards a provider's limit, and the environment could add to them. */
function headersWith(given: ConstructorParameters<typeof Headers>[0]) {
  const authorization = new Headers(given).get("authorization") ?? "";
  return { accept: "application/json", "content-type": "application/json", authorization };
}

function keyFrom(apiKey: () => string): string {
  try {
    return apiKey();
  } catch (cause) {
    throw new ModelError("auth", "The key of the model's endpoint cannot be read.", { cause });
  }
}
