import {
  type DecideRequest,
  type DecideStep,
  decideStepSchema,
  type ExecuteRequest,
  JOURNAL_LIMITS,
  type Receipt,
  receiptSchema,
} from "@sre-agent/crds";
import {
  CORRELATION_HEADER,
  GEN_AI,
  HttpError,
  inSpan,
  OPERATIONS,
  postJson,
  seededCarrier,
  traceCarrier,
} from "@sre-agent/frame";
import type { z } from "zod";
import { OperatorError } from "../error.ts";

/**
 * The agent as the operator sees it. Every method throws OperatorError (AGENT_UNAVAILABLE, AGENT_REFUSED) and nothing
 * else. `decide` makes one durable step and may be repeated at the price of that step; `execute` is idempotent.
 */
export interface AgentClient {
  decide(request: DecideRequest, signal: AbortSignal): Promise<DecideStep>;
  execute(request: ExecuteRequest, signal: AbortSignal): Promise<Receipt>;
}

export interface AgentClientOptions {
  /** `http://agent.sre-system:8080` */
  readonly url: string;
  /** Asked at every call, so that a rotated secret needs no restart. */
  readonly secret: () => string;
  /** Of one `/decide`: a model may think for minutes. */
  readonly decideTimeoutMs: number;
  readonly executeTimeoutMs: number;
}

/** Refusals that a person or time mends without changing the request: secret, address, load. */
const MENDABLE = new Set([401, 403, 404, 408, 425, 429]);

interface Call<T> {
  readonly path: "/decide" | "/execute";
  readonly body: { readonly correlationId: string };
  readonly answer: z.ZodType<T>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const AGENT = "sre-agent";
const EXECUTE = "remediation_execute";
const SPANS = {
  "/decide": {
    name: `${OPERATIONS.agent} ${AGENT}`,
    attributes: { [GEN_AI.operation]: OPERATIONS.agent, [GEN_AI.agentName]: AGENT },
  },
  "/execute": {
    name: `${OPERATIONS.tool} ${EXECUTE}`,
    attributes: { [GEN_AI.operation]: OPERATIONS.tool, [GEN_AI.toolName]: EXECUTE },
  },
} as const;

/** Talks HTTP with the bearer secret that is mounted in both pods. */
export function createAgentClient({ url, secret, ...timeouts }: AgentClientOptions): AgentClient {
  const base = url.replace(/\/+$/, "");

  /** All steps of a run are in one trace; its root is told when the run has ended. */
  function call<T>(asked: Call<T>): Promise<T> {
    const { correlationId } = asked.body;
    const { name, attributes } = SPANS[asked.path];
    const parent = seededCarrier(correlationId);
    const told = { ...attributes, [GEN_AI.conversationId]: correlationId };
    return inSpan(name, { kind: "client", attributes: told, parent }, () => send(asked));
  }

  async function send<T>({ path, body, answer, timeoutMs, signal }: Call<T>): Promise<T> {
    const headers = {
      authorization: `Bearer ${readSecret(secret)}`,
      [CORRELATION_HEADER]: body.correlationId,
      ...seededCarrier(body.correlationId),
      ...traceCarrier(),
    };
    const options = { headers, timeoutMs, signal, maxBytes: JOURNAL_LIMITS.bytes };
    const value = await postJson(`${base}${path}`, body, options).catch((error: unknown) => {
      throw asOperatorError(error, path);
    });
    const parsed = answer.safeParse(value);
    if (parsed.success) return parsed.data;
    throw unavailable(`The agent's answer to ${path} breaks the contract: ${firstIssue(parsed.error)}.`, parsed.error);
  }

  return {
    decide: (body, signal) =>
      call({ path: "/decide", body, answer: decideStepSchema, timeoutMs: timeouts.decideTimeoutMs, signal }),
    execute: (body, signal) =>
      call({ path: "/execute", body, answer: receiptSchema, timeoutMs: timeouts.executeTimeoutMs, signal }),
  };
}

function readSecret(secret: () => string): string {
  try {
    return secret();
  } catch (cause) {
    throw unavailable("The secret for the agent cannot be read: check AGENT_SECRET_FILE.", cause);
  }
}

function asOperatorError(error: unknown, path: string): OperatorError {
  if (!(error instanceof HttpError)) return unavailable(`The call of ${path} failed.`, error);
  const message = `The agent did not serve ${path}: ${error.code}: ${error.detail}.${nextStep(error)}`;
  const refused = error.status >= 400 && error.status < 500 && !MENDABLE.has(error.status);
  return new OperatorError(message, {
    code: refused ? "AGENT_REFUSED" : "AGENT_UNAVAILABLE",
    cause: error,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  });
}

/** What a person can do about it; nothing where time alone helps. */
function nextStep({ status }: HttpError): string {
  if (status === 0) return " Check that the agent runs and that AGENT_URL leads to it.";
  if (status === 401 || status === 403) return " Give operator and agent the same secret (AGENT_SECRET_FILE).";
  if (status === 500) return " The agent's log says more, under the run's uid as its correlationId.";
  return status === 404 ? " AGENT_URL leads to something that is not the agent." : "";
}

function unavailable(message: string, cause: unknown): OperatorError {
  return new OperatorError(message, { code: "AGENT_UNAVAILABLE", cause });
}

function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue === undefined ? "unknown" : `${issue.path.join(".") || "body"}: ${issue.message}`;
}
