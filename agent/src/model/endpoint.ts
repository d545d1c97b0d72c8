import { AuthenticationError, OpenAI } from "openai";
import type { ChatCompletionCreateParamsNonStreaming } from "openai/resources/chat/completions";
import type { ResponseCreateParamsNonStreaming } from "openai/resources/responses/responses";
import type { Credential } from "./credential.ts";
import { ModelError } from "./model-error.ts";
import { orNoAnswer } from "./no-answer.ts";

export interface EndpointOptions {
  readonly baseUrl: string;
  readonly credential: Credential;
  /** Called with the headers of every answer. */
  readonly onHeaders?: ((headers: Headers) => void) | undefined;
}

export interface SendLimits {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** Sends one request and gives the body of the answer as it came. Throws the SDK's errors for an answer with a status, ModelError without a key or an answer. */
type Send<Body> = (body: Body, limits: SendLimits) => Promise<unknown>;

export interface Endpoint {
  readonly chat: Send<ChatCompletionCreateParamsNonStreaming>;
  readonly responses: Send<ResponseCreateParamsNonStreaming>;
}

/** This module imports the SDK: import it only where a model is used. */
export function connectEndpoint(options: EndpointOptions): Endpoint {
  const client = clientOf(options);
  const authorized = authorizing(options.credential);
  return {
    chat: (body, limits) => authorized(limits, (request) => client.chat.completions.create(body, request)),
    // Not by its own method, which looks into the reply before we do and throws when it is a page.
    responses: (body, limits) => authorized(limits, (request) => client.post("/responses", { body, ...request })),
  };
}

interface RequestOptions {
  readonly signal: AbortSignal;
  readonly timeout: number;
  readonly headers: { readonly authorization: string };
}

/** What a header can carry. */
const SENDABLE = /^[\x21-\x7e]+$/;
const UNSENDABLE =
  "The key of the model's endpoint is empty or holds characters that cannot be sent: look at its file.";

function authorizing(credential: Credential) {
  return async (
    { signal, timeoutMs: timeout }: SendLimits,
    create: (request: RequestOptions) => PromiseLike<unknown>,
  ): Promise<unknown> => {
    const send = async (token: string) => {
      // What else would be thrown quotes it.
      if (!SENDABLE.test(token)) throw new ModelError("auth", UNSENDABLE);
      try {
        return await create({ signal, timeout, headers: { authorization: `Bearer ${token}` } });
      } catch (error) {
        throw orNoAnswer(error);
      }
    };
    const token = await credential.current(signal);
    try {
      return await send(token);
    } catch (error) {
      const another = error instanceof AuthenticationError ? await credential.renewed(token, signal) : undefined;
      // One that was rotated on the way deserves its own answer; the same one would get the same.
      if (another === undefined) throw error;
      return await send(another);
    }
  };
}

/** Everything that the SDK would otherwise take from `OPENAI_*` is said here. */
function clientOf({ baseUrl: baseURL, onHeaders }: EndpointOptions): OpenAI {
  return new OpenAI({
    baseURL,
    apiKey: "given with each request",
    ...{ adminAPIKey: null, organization: null, project: null, webhookSecret: null },
    maxRetries: 0,
    logLevel: "off",
    async fetch(url, init) {
      const answer = await fetch(url, { ...init, headers: headersWith(init?.headers), redirect: "error" });
      onHeaders?.(answer.headers);
      return answer;
    },
  });
}

/** Only these go out: the SDK's own would count towards a provider's limit, and the environment could add to them. */
function headersWith(given: ConstructorParameters<typeof Headers>[0]) {
  const authorization = new Headers(given).get("authorization") ?? "";
  return { accept: "application/json", "content-type": "application/json", authorization };
}
