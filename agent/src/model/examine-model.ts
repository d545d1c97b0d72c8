import type { JournalEntry } from "@sre-agent/crds";
import type { OfferedTool } from "../tools/tool-client.ts";
import { chatWire } from "./chat-wire.ts";
import type { Endpoint } from "./endpoint.ts";
import { type Check, checkAddress, checkCache, checkForm, checkRateLimits, failedCheck } from "./examine-checks.ts";
import { modelFailure } from "./failure.ts";
import type { Api } from "./hosted-model.ts";
import { lazyEndpoint } from "./lazy-endpoint.ts";
import type { TurnInput } from "./model-client.ts";
import type { ModelConfig } from "./model-config.ts";
import { ModelError } from "./model-error.ts";
import { hostedOptions } from "./model-of.ts";
import { responsesWire } from "./responses-wire.ts";
import type { Reply, Wire } from "./wire.ts";

/** A local server may read a prompt slowly. */
const TIMEOUT_MS = 120_000;
const MAX_TOKENS = 1_000;

const PROBE: OfferedTool = {
  name: "probe",
  description: "Answers whether calls arrive. Call it once.",
  inputSchema: {
    type: "object",
    properties: { word: { type: "string", description: "The word ready." }, count: { type: "integer", minimum: 1 } },
    required: ["word"],
    additionalProperties: false,
  },
  role: "read",
};

/** More than the 1,024 tokens from which on providers cache, the same in every request. */
const LONG_PROMPT = `You test a connection. Call the tool probe once, then answer with the report.\n${Array.from(
  { length: 120 },
  (_, index) => `Rule ${index + 1}: nothing in this line changes what you do about the connection.`,
).join("\n")}`;

/**
 * Asks a real deployment what it takes: at most four small requests. Each check says what was found and what to change;
 * those that could not be made are not in the list. Rejects when `signal` aborts, and for settings without a model.
 */
export async function examineModel(config: ModelConfig, signal: AbortSignal): Promise<readonly Check[]> {
  const options = hostedOptions(config);
  const headers: Headers[] = [];
  const endpoint = lazyEndpoint({ ...options, onHeaders: (each) => headers.push(each) });
  const wires: Wires = { chat: chatWire(endpoint, options), responses: responsesWire(endpoint, options) };
  const examined = await examineTurns({ api: options.api, wires, signal });
  return [checkAddress(config), ...examined, ...checkRateLimits(headers)];
}

type Wires = Readonly<Record<keyof Endpoint, Wire>>;

interface Examination {
  readonly api: Api;
  readonly wires: Wires;
  readonly signal: AbortSignal;
}

async function examineTurns({ api, wires, signal }: Examination): Promise<readonly Check[]> {
  const first = await probe(wires[api], signal, probeInput(signal, []));
  if (!(first instanceof ModelError)) return [...answered(first), ...(await examineSecond(wires[api], signal, first))];
  if (first.needsResponses) return [failedCheck(first), ...(await examineOnResponses(wires, signal))];
  if (first.code !== "bad_response") return [failedCheck(first)];
  const plain = await probe(wires[api], signal, { ...probeInput(signal, []), tools: [] });
  if (plain instanceof ModelError) return [failedCheck(plain)];
  const change = "Use a model that takes function tools, or MODEL_BACKEND=rules.";
  return [deployed(plain), { name: "tools", status: "fail", found: `With tools: ${first.message}`, change }];
}

async function examineOnResponses(wires: Wires, signal: AbortSignal): Promise<readonly Check[]> {
  const reply = await probe(wires.responses, signal, probeInput(signal, []));
  return reply instanceof ModelError ? [failedCheck(reply)] : answered(reply);
}

/** The report after the answer of the tool: the prefix may come from the cache, and sealed reasoning goes back. */
async function examineSecond(wire: Wire, signal: AbortSignal, first: Reply): Promise<readonly Check[]> {
  const journal = first.turn.calls.length === 0 ? [] : journalOf(first);
  const second = await probe(wire, signal, { ...probeInput(signal, journal), toolChoice: "none" });
  if (!(second instanceof ModelError)) return [resumed(first), checkForm(second.turn), checkCache(second.turn.usage)];
  const change = "The second turn of a run fails: check MODEL_REASONING_EFFORT and the deployment's model version.";
  return [{ name: "second turn", status: "fail", found: second.message, change }];
}

async function probe(wire: Wire, signal: AbortSignal, input: TurnInput): Promise<Reply | ModelError> {
  try {
    return await wire({ input, maxTokens: MAX_TOKENS, withoutNewest: false }, { signal, timeoutMs: TIMEOUT_MS });
  } catch (error) {
    signal.throwIfAborted();
    return modelFailure(error, Date.now());
  }
}

function probeInput(signal: AbortSignal, journal: readonly JournalEntry[]): TurnInput {
  return {
    ...{ system: LONG_PROMPT, question: "Test the connection.", journal, tools: [PROBE], toolChoice: "auto" },
    request: {
      ...{ trigger: "doctor", mode: "observe", correlationId: "doctor" },
      context: { target: { kind: "Namespace", namespace: "default" }, symptom: "none" },
    },
    ...{ maxOutputTokens: MAX_TOKENS, outputTokensLeft: MAX_TOKENS, mayRepeat: false, timeLeftMs: TIMEOUT_MS, signal },
  };
}

function journalOf({ turn: { calls, usage, opaque } }: Reply): readonly JournalEntry[] {
  const at = new Date(0).toISOString();
  const results = calls.map(({ id: callId, tool }) => ({ callId, tool, ok: true, text: "It arrived.", evidence: [] }));
  const begun = { backend: "doctor", budget: {}, prefix: "", mark: "connectiontest", question: "" };
  return [
    { kind: "begun", seq: 0, at, ...begun },
    { kind: "turn", seq: 1, at, calls: [...calls], usage, ...(opaque === undefined ? {} : { opaque: [...opaque] }) },
    { kind: "results", seq: 2, at, results },
  ];
}

function answered(reply: Reply): readonly Check[] {
  const { calls } = reply.turn;
  const called = calls.some(({ tool, malformed }) => tool === PROBE.name && malformed === undefined);
  const effort = reply.reasoningTokens > 0 ? `, with ${reply.reasoningTokens} reasoning tokens` : ", without reasoning";
  const tools: Check = called
    ? { name: "tools", status: "ok", found: `The model called a strict tool${effort}.` }
    : {
        ...{
          name: "tools",
          status: "warn",
          found: "The request with a strict tool was taken; the model did not call it.",
        },
        change: "Repeat; a model that never calls tools cannot investigate.",
      };
  return [deployed(reply), tools, { name: "strict schemas", status: "ok", found: "The tool's schema was taken." }];
}

function deployed({ turn: { usage } }: Reply): Check {
  const found = `It answered: ${usage.inputTokens} tokens in, ${usage.outputTokens} out.`;
  return { name: "deployment", status: "ok", found };
}

function resumed({ turn: { opaque = [] } }: Reply): Check {
  const sealed = opaque.some((item) => typeof Object(item)["encrypted_content"] === "string");
  return { name: "second turn", status: "ok", found: sealed ? "Sealed reasoning was taken back." : "It was taken." };
}
