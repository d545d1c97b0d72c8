import { randomUUID } from "node:crypto";
import { CORRELATION_META_KEY, type Denial, deny, RUN_META_KEY } from "@sre-agent/crds";
import { carrierIn, GEN_AI, inSpan, MCP } from "@sre-agent/frame";
import type { Reader, Reviewer, UserInfo } from "@sre-agent/kube";
import type { Pseudonym } from "@sre-agent/redaction";
import { createEvidenceStore, EVIDENCE_BOUNDS, type EvidenceStore } from "../reply/evidence-store.ts";
import { type ExitOptions, faultReply, type WireReply, wireReply } from "../reply/exit.ts";
import { createReadScope } from "../scope/read-scope.ts";
import { readRun } from "../scope/run.ts";
import type { WireCall, WireCompletion } from "../server.ts";
import type { Run, Tool, ToolContext, ToolReply } from "../tools/tool.ts";
import { completions } from "./complete.ts";
import { createDispatch } from "./dispatch.ts";

const CORRELATION_ID = /^[\w.:-]{1,128}$/;

/** What became of a call, for metrics and logs. */
export interface CallRecord {
  readonly tool: string;
  /** `ok`, the denial's code, or `INTERNAL`. */
  readonly code: string;
  /** With `INTERNAL`: what was thrown, for the log. */
  readonly error?: unknown;
  readonly caller: string;
  readonly correlationId: string;
  readonly namespace: string | undefined;
  readonly seconds: number;
}

export interface CallOptions {
  readonly tools: readonly Tool[];
  readonly reader: Reader;
  readonly reviewer: Reviewer;
  readonly pseudonym: Pseudonym;
  /** On stdio: the owner of the kubeconfig. Over HTTP absent: the principal is who authentication told. */
  readonly localCaller?: UserInfo;
  /** User names that may present a run over HTTP: the agent's. */
  readonly runPrincipals: readonly string[];
  readonly now: () => number;
  readonly onCall: (record: CallRecord) => void;
}

const NARROW = "narrow by namespace, name or fields, or call with a smaller scope";

/** From a `tools/call` to its reply, in a span of the caller's trace. Never rejects. */
export function createCall(options: CallOptions): (call: WireCall) => Promise<WireReply> {
  const answer = createAnswer(options);
  return (call) => {
    const name = call.name.slice(0, 64);
    const attributes = { [MCP.method]: "tools/call", [GEN_AI.toolName]: name };
    const parent = carrierIn(call.meta);
    return inSpan(`tools/call ${name}`, { kind: "server", attributes, parent }, async (span) => {
      const reply = await answer(call);
      if (reply.isError) span.fail("tool_error");
      return reply;
    });
  };
}

/** Who calls, in which run, the tool, the one exit. Never rejects. */
function createAnswer(options: CallOptions): (call: WireCall) => Promise<WireReply> {
  const dispatch = createDispatch(options.tools);
  const store = createEvidenceStore({ now: options.now, ...EVIDENCE_BOUNDS });
  const exit = exitOf(options, store);
  return async (call) => {
    const started = options.now();
    const caller = callerOf(options, call.principal);
    const correlationId = correlationOf(call);
    let run: Run | undefined;
    const record = (code: string, error?: unknown) =>
      options.onCall({
        tool: call.name,
        code,
        ...(error === undefined ? {} : { error }),
        caller: caller.username,
        correlationId,
        namespace: run?.reference.namespace,
        seconds: (options.now() - started) / 1000,
      });
    try {
      const context = await contextOf(options, { call, caller, correlationId, store });
      if (!("code" in context)) run = context.run;
      const reply: ToolReply =
        "code" in context ? { ok: false, denial: context } : await dispatch.call(call.name, call.args, context);
      const wire = wireReply(reply, exit(call, ownerOf(caller, run)));
      record(reply.ok ? "ok" : reply.denial.code);
      return wire;
    } catch (error) {
      record("INTERNAL", error);
      return faultReply(correlationId);
    }
  };
}

/** Originals are kept where `evidence_read` can read them back. */
function exitOf({ tools, pseudonym }: CallOptions, store: EvidenceStore) {
  const isReadable = tools.some(({ descriptor }) => descriptor.name === "evidence_read");
  return (call: WireCall, owner: string): ExitOptions => {
    if (!isReadable) return { pseudonym, narrow: NARROW };
    const made = `${call.name} ${JSON.stringify(call.args ?? {})}`;
    return { pseudonym, narrow: NARROW, keep: (evidence) => store.keep(owner, { ...evidence, call: made }) };
  };
}

/** From a `completion/complete` to its values, for the same callers and within the same rights. */
export function createComplete(options: CallOptions): (wire: WireCompletion) => Promise<readonly string[]> {
  const store = createEvidenceStore({ now: options.now, ...EVIDENCE_BOUNDS });
  return async ({ question, ...call }) => {
    const caller = callerOf(options, call.principal);
    const context = await contextOf(options, { call, caller, correlationId: correlationOf(call), store });
    return "code" in context ? [] : completions(options.reader, context, question);
  };
}

const callerOf = ({ localCaller }: CallOptions, principal: unknown): UserInfo =>
  localCaller ?? (principal as UserInfo | undefined) ?? { username: "system:anonymous" };

/** What a call says of its caller. */
type Claims = Pick<WireCall, "meta" | "signal" | "elicit">;

interface Caller {
  readonly call: Claims;
  readonly caller: UserInfo;
  readonly correlationId: string;
  readonly store: EvidenceStore;
}

/** What one caller was shown in one run is nobody else's. */
const ownerOf = ({ username }: UserInfo, run: Run | undefined) => `${username}\n${run?.reference.uid ?? ""}`;

async function contextOf(
  options: CallOptions,
  { call, caller, correlationId, store }: Caller,
): Promise<ToolContext | Denial> {
  const { reader, reviewer, runPrincipals } = options;
  const { signal, meta } = call;
  const local = options.localCaller !== undefined;
  const agent = !local && runPrincipals.includes(caller.username);
  // Before anything is read: the answer must not tell a stranger which runs there are.
  if (meta?.[RUN_META_KEY] !== undefined && !local && !agent) {
    return deny("RUN_UNKNOWN", `${caller.username} is no agent and cannot call for a run.`);
  }
  const run = await readRun(reader, meta, signal);
  if (run !== undefined && "code" in run) return run;
  const shared = { caller, local, signal, ...(run === undefined ? {} : { run }) };
  const elicit = local && call.elicit !== undefined ? { elicit: call.elicit } : {};
  const evidence = (id: string) => store.read(ownerOf(caller, run), id);
  return {
    ...shared,
    ...elicit,
    evidence,
    correlationId,
    mayRead: createReadScope({ ...shared, agent, reader, reviewer }),
  };
}

function correlationOf({ meta }: Pick<WireCall, "meta">): string {
  const given = meta?.[CORRELATION_META_KEY];
  return typeof given === "string" && CORRELATION_ID.test(given) ? given : randomUUID();
}
