import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** A turn of the scripted model as Chat Completions puts it, or a fault in its place. */
export type WireTurn =
  | {
      readonly content?: string | null;
      readonly calls?: readonly { readonly id?: string; readonly name: string; readonly args: unknown }[];
      readonly finish?: "stop" | "length" | "content_filter";
      readonly refusal?: string;
    }
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly error?: unknown }
  | { readonly body: unknown; readonly type?: string }
  | { readonly never: true }
  /** The headers and half of a body, then the end of the connection, or nothing more. */
  | { readonly half: "cut" | "stalled" }
  | { readonly redirect: string };

export interface ChatRequest {
  readonly headers: IncomingMessage["headers"];
  /** The body as it came. */
  readonly raw: string;
  readonly body: {
    readonly model: string;
    readonly messages: readonly {
      readonly role: string;
      readonly content: string | null;
      readonly tool_call_id?: string;
    }[];
    readonly tools?: readonly { readonly function: Readonly<Record<string, unknown>> }[];
    readonly tool_choice?: string;
    readonly [name: string]: unknown;
  };
}

export interface WireDouble {
  /** Ends in /openai/v1/. */
  readonly baseUrl: string;
  readonly requests: ChatRequest[];
  /** Settles when the first half of a body has been sent. */
  readonly halfSent: Promise<void>;
  /** Called with each request before its answer. */
  onRequest(listener: () => void): void;
  /** Called when a caller hangs up before it has its answer. */
  onHangUp(listener: () => void): void;
  stop(): Promise<void>;
}

/** A Chat Completions endpoint on loopback that takes the given turns one after the other, the last again and again. */
export async function startWireDouble(turns: readonly WireTurn[]): Promise<WireDouble> {
  const requests: ChatRequest[] = [];
  const hangUps: (() => void)[] = [];
  const arrivals: (() => void)[] = [];
  const halfSent = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    if (request.url !== "/openai/v1/chat/completions") return void response.writeHead(404).end();
    const raw = await text(request);
    requests.push({ headers: request.headers, raw, body: JSON.parse(raw) as ChatRequest["body"] });
    for (const listener of arrivals) listener();
    response.once("close", () => {
      if (!response.writableEnded) for (const listener of hangUps) listener();
    });
    const turn = turns[Math.min(requests.length, turns.length) - 1];
    if (turn === undefined) return;
    if ("half" in turn) answerHalf(response, turn.half, halfSent.resolve);
    else answer(response, turn, requests.length);
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

function answer(response: ServerResponse, turn: Exclude<WireTurn, { half: unknown }>, count: number): void {
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
    response.end(JSON.stringify(completionOf(turn, count)));
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

type Reply = Extract<WireTurn, { readonly finish?: unknown }>;

function completionOf(turn: Reply, count: number) {
  const { content = null, calls = [], refusal, finish = calls.length > 0 ? "tool_calls" : "stop" } = turn;
  const tool_calls = calls.map(({ id, name, args }, index) => ({
    id: id ?? `call_${count}_${index}`,
    type: "function",
    function: { name, arguments: typeof args === "string" ? args : JSON.stringify(args) },
  }));
  const message = {
    role: "assistant",
    content,
    ...(refusal ? { refusal } : {}),
    ...(calls.length > 0 ? { tool_calls } : {}),
  };
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    model: "double",
    choices: [{ index: 0, message, finish_reason: finish }],
    usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
  };
}
