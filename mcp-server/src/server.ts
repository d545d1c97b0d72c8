import {
  type CallToolResult,
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { lazy } from "@sre-agent/frame";
import { type Answer, type Conversations, createConversations, type Elicit, type Turn } from "./conversations.ts";
import type { CompletionQuestion } from "./dispatch/complete.ts";
import { addGuides, callerOf, GUIDE_CAPABILITIES } from "./guides.ts";
import type { WireReply } from "./reply/exit.ts";
import type { ToolDescriptor } from "./tools/tool.ts";

/** Here, in guides.ts and in http-endpoint.ts the MCP SDK is known: both protocol eras from one factory. */

/** One `tools/call`, as the wire has it. */
export interface WireCall {
  readonly name: string;
  readonly args: unknown;
  readonly meta: Readonly<Record<string, unknown>> | undefined;
  /** What authentication put on the request; absent on stdio. */
  readonly principal: unknown;
  readonly signal: AbortSignal;
  /** Present when a person sits at the client and the client can ask: stdio with elicitation declared. */
  readonly elicit?: Elicit;
}

export interface ServerOptions {
  readonly name: string;
  readonly version: string;
  readonly instructions: string;
  /** Whether prompts, resources and completions are served: they go through the tools that read. */
  readonly guides: boolean;
  /** Asked for at the first list: clients start every server they know, and `initialize` needs no tool. */
  readonly descriptors: () => Promise<readonly ToolDescriptor[]>;
  /** Never rejects for anything a caller can cause. */
  readonly call: (call: WireCall) => Promise<WireReply>;
  /** Values for an argument of a prompt or of a resource template; absent: none are offered. */
  readonly complete?: (wire: WireCompletion) => Promise<readonly string[]>;
}

/** One `completion/complete`, as the wire has it. */
export interface WireCompletion extends Pick<WireCall, "meta" | "principal" | "signal"> {
  readonly question: CompletionQuestion;
}

const LIST_TTL_MS = 300_000;

const QUESTION = "approval";
const QUESTION_TTL_MS = 10 * 60_000;
const MAX_QUESTIONS = 16;
const STATE_GONE: WireReply = {
  content: [{ type: "text", text: "STALE: this question is no longer open.\nNext: call again without an answer." }],
  isError: true,
  _meta: {},
};

/** Makes a fresh server for a request, a session or a pipe. */
export function createFactory(options: ServerOptions, conversations?: Conversations<WireReply>): () => Server {
  // Converted once: a fresh server for every request would pay for it each time.
  const tools = lazy(() => listedTools(options));
  const info = { name: options.name, version: options.version };
  const hint = { ttlMs: LIST_TTL_MS, cacheScope: "private" } as const;
  return () => {
    const server = new Server(info, {
      capabilities: { tools: {}, ...(options.guides ? GUIDE_CAPABILITIES : {}) },
      instructions: options.instructions,
      cacheHints: {
        "tools/list": hint,
        "prompts/list": hint,
        "resources/list": hint,
        "resources/templates/list": hint,
        "server/discover": { ttlMs: LIST_TTL_MS },
      },
    });
    if (options.guides) addGuides(server, options);
    server.setRequestHandler("tools/list", async () => ({ tools: await tools.get() }));
    server.setRequestHandler("tools/call", async ({ params }, context) => {
      const call = wireCall(params, context);
      if (conversations === undefined) return (await options.call(call)) as CallToolResult;
      const run = (elicit: Elicit) => options.call({ ...call, ...(canAsk(server, context) ? { elicit } : {}) });
      return converse(conversations, { call, context, run });
    });
    return server;
  };
}

async function listedTools({ descriptors }: ServerOptions) {
  const { listedTool } = await import("./tools/listed-tool.ts");
  return (await descriptors()).map(listedTool);
}

interface CallParams {
  readonly name: string;
  readonly arguments?: unknown;
  readonly _meta?: Readonly<Record<string, unknown>> | undefined;
}

function wireCall(params: CallParams, context: ServerContext): WireCall {
  const caller = callerOf(context);
  return { name: params.name, args: params.arguments, ...caller, meta: params._meta ?? caller.meta };
}

interface Conversing {
  readonly call: WireCall;
  readonly context: ServerContext;
  readonly run: (elicit: Elicit) => Promise<WireReply>;
}

/** A call, or the answer to the question of one: an answer without an open question goes nowhere. */
async function converse(
  conversations: Conversations<WireReply>,
  { call, context, run }: Conversing,
): Promise<CallToolResult | InputRequiredResult> {
  const key = JSON.stringify([call.name, call.args ?? null]);
  const state = context.mcpReq.requestState<string>();
  const answered = context.mcpReq.inputResponses !== undefined;
  if (state === undefined && !answered) return resultOf(await conversations.begin(key, run));
  const turn = conversations.resume(String(state), key, answerOf(context));
  return resultOf(turn === undefined ? { reply: STATE_GONE } : await turn);
}

function resultOf(turn: Turn<WireReply>): CallToolResult | InputRequiredResult {
  if ("reply" in turn) return turn.reply as CallToolResult;
  const requestedSchema = {
    type: "object",
    properties: { approve: { type: "boolean", title: "Carry it out" } },
    required: ["approve"],
  } as const;
  const { message, state } = turn.question;
  const request = inputRequired.elicit({
    message,
    requestedSchema: { ...requestedSchema, required: [...requestedSchema.required] },
  });
  return inputRequired({ inputRequests: { [QUESTION]: request }, requestState: state });
}

/** Only "accept" with the box ticked permits. */
function answerOf({ mcpReq }: ServerContext): Answer {
  const view = inputResponse(mcpReq.inputResponses, QUESTION);
  if (view.kind !== "elicit") return "cancel";
  return view.action === "accept" && view.content?.["approve"] !== true ? "decline" : view.action;
}

/** The client says so itself: a question to one that cannot ask would end as an error that no model reads. */
function canAsk(server: Server, { mcpReq }: ServerContext): boolean {
  const envelope = mcpReq.envelope as Readonly<Record<string, unknown>> | undefined;
  const declared = envelope?.[CLIENT_CAPABILITIES_META_KEY] ?? server.getClientCapabilities();
  const elicitation = (declared as ClientCapabilities | undefined)?.elicitation;
  return elicitation !== undefined && ("form" in elicitation || !("url" in elicitation));
}

/** Serves on standard input and output until the client closes them. */
export function serveOnStdio(options: ServerOptions, onError: (error: Error) => void): { close(): Promise<void> } {
  const bounds = { now: Date.now, ttlMs: QUESTION_TTL_MS, maxWaiting: MAX_QUESTIONS };
  return serveStdio(createFactory(options, createConversations(bounds)), { onerror: onError });
}
