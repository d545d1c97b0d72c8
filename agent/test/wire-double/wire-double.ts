import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

import { unpaired } from "./unpaired.ts";
import { completionOf, type ModelReply, responseOf } from "./wire-shapes.ts";

/** A turn of the scripted model, told in the shape of whichever API is called, or a fault in its place. */
export type WireTurn =
  | ModelReply
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly error?: unknown }
  | { readonly body: unknown; readonly type?: string }
  | { readonly never: true }
  /** Answers with the turn once `until` settles. */
  | { readonly until: Promise<unknown>; readonly then: ModelReply }
  /** The headers and half of a body, then the end of the connection, or nothing more. */
  | { readonly half: "cut" | "stalled" }
  | { readonly redirect: string };

export interface WireRequest {
  readonly api: Api;
  readonly headers: IncomingMessage["headers"];
  /** The body as it came. */
  readonly raw: string;
  readonly body: {
    readonly model: string;
    readonly messages: readonly {
      readonly role: string;
      readonly content: string | null;
      readonly tool_call_id?: string;
      readonly tool_calls?: readonly { readonly id: string }[];
    }[];
    /** Of the Responses API, in place of messages. */
    readonly input: readonly Readonly<Record<string, unknown>>[];
    readonly tools?: readonly { readonly function: Readonly<Record<string, unknown>> }[];
    readonly tool_choice?: string;
    readonly [name: string]: unknown;
  };
}

type Api = "chat" | "responses";
const PATHS: Readonly<Record<string, Api>> = {
  "/openai/v1/chat/completions": "chat",
  "/openai/v1/responses": "responses",
};

export interface WireDoubleOptions {
  /** Headers of every answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The API that answers 400, as newer models do on Chat Completions. */
  readonly refusesToolsOnChat?: boolean;
  /** Holds a reply to `response_format` from its first token, as vLLM, llama.cpp and Ollama do: then no tool is called. */
  readonly formBeforeTools?: boolean;
}

export interface WireDouble {
  /** Ends in /openai/v1/. */
  readonly baseUrl: string;
  readonly requests: WireRequest[];
  /** Settles when the first half of a body has been sent. */
  readonly halfSent: Promise<void>;
  /** Called with each request before its answer. */
  onRequest(listener: () => void): void;
  /** Called when a caller hangs up before it has its answer. */
  onHangUp(listener: () => void): void;
  stop(): Promise<void>;
}

/** An endpoint on loopback, in both shapes, that takes the given turns one after the other, the last again and again. */
export async function startWireDouble(
  turns: readonly WireTurn[],
  options: WireDoubleOptions = {},
): Promise<WireDouble> {
  const requests: WireRequest[] = [];
  let taken = 0;
  const hangUps: (() => void)[] = [];
  const arrivals: (() => void)[] = [];
  const halfSent = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    const api = PATHS[request.url ?? ""];
    if (api === undefined) return void response.writeHead(404).end();
    const raw = await text(request);
    const body = JSON.parse(raw) as WireRequest["body"];
    requests.push({ api, headers: request.headers, raw, body });
    for (const [name, value] of Object.entries(options.headers ?? {})) response.setHeader(name, value);
    for (const listener of arrivals) listener();
    response.once("close", () => {
      if (!response.writableEnded) for (const listener of hangUps) listener();
    });
    const lonely = unpaired({ api, body });
    if (lonely !== undefined) return answer(response, unansweredCall(lonely), { api, count: 0 });
    if (api === "chat" && options.refusesToolsOnChat) return answer(response, TOOLS_REFUSED, { api, count: 0 });
    taken += 1;
    const turn = turns[Math.min(taken, turns.length) - 1];
    if (turn === undefined) return;
    if ("half" in turn) return answerHalf(response, turn.half, halfSent.resolve);
    if (options.formBeforeTools && body["response_format"] !== undefined && "calls" in turn) {
      return answer(response, GUESSED, { api, count: taken });
    }
    if ("until" in turn) await turn.until;
    answer(response, "until" in turn ? turn.then : turn, { api, count: taken });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/openai/v1/`,
    requests,
    halfSent: halfSent.promise,
    onRequest: (listener) => void arrivals.push(listener),
    onHangUp: (listener) => void hangUps.push(listener),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What newer models answer on Chat Completions to tools together with reasoning. */
const TOOLS_REFUSED = {
  status: 400,
  error: {
    message:
      "Function tools with reasoning_effort are not supported for M in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.",
    ...{ type: "invalid_request_error", param: "reasoning_effort", code: null },
  },
};

/** What providers answer when calls and results of a conversation do not belong together. */
function unansweredCall(id: string) {
  return {
    status: 400,
    error: { message: `No tool output found for function call ${id}.`, param: "input", code: null },
  };
}

/** What a server makes of a turn with calls when it may write nothing but the form. */
const GUESSED = {
  content: JSON.stringify({ decision: "deny", rationale: "No.", rootCause: null, claims: [], gaps: [] }),
};

interface Place {
  readonly api: Api;
  readonly count: number;
}

function answer(
  response: ServerResponse,
  turn: Exclude<WireTurn, { half: unknown } | { until: unknown }>,
  { api, count }: Place,
): void {
  if ("never" in turn) return;
  if ("redirect" in turn) return void response.writeHead(307, { location: turn.redirect }).end();
  if ("status" in turn) {
    response.writeHead(turn.status, { "content-type": "application/json", ...turn.headers });
    response.end(JSON.stringify({ error: turn.error ?? { message: "no" } }));
  } else if ("body" in turn) {
    response.writeHead(200, { "content-type": turn.type ?? "application/json" });
    response.end(typeof turn.body === "string" ? turn.body : JSON.stringify(turn.body));
  } else {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(api === "chat" ? completionOf(turn, count) : responseOf(turn, count)));
  }
}

function answerHalf(response: ServerResponse, half: "cut" | "stalled", sent: () => void): void {
  const whole = JSON.stringify(completionOf({ content: "never whole" }, 1));
  response.writeHead(200, { "content-type": "application/json", "content-length": whole.length });
  response.write(whole.slice(0, whole.length / 2), () => {
    if (half === "cut") response.destroy();
    sent();
  });
}
