import { randomUUID } from "node:crypto";
import { executeRequestSchema, type ToolResult } from "@sre-agent/crds";
import { carrierIn, GEN_AI, inSpan, type Logger, OPERATIONS, seededCarrier, sendProblem } from "@sre-agent/frame";
import type { RequestHandler } from "express";
import type { McpTools } from "../tools/mcp-tools.ts";
import { invalidBody } from "./decide.ts";

const TIMEOUT_MS = 15_000;
const EXECUTE = "remediation_execute";

/** HTTP status of a refusal, by its code; anything else is a conflict with how things stand. */
const STATUS: Readonly<Record<string, number>> = {
  SCHEMA_INVALID: 400,
  TOOL_UNKNOWN: 501,
  READ_FORBIDDEN: 403,
  IDENTITY_FORBIDDEN: 403,
  APPROVAL_FORBIDDEN: 403,
  APPROVAL_SELF: 403,
  NAMESPACE_PROTECTED: 403,
  NOT_FOUND: 404,
  NOT_LEADER: 503,
  CLUSTER_UNAVAILABLE: 503,
  FACTS_UNAVAILABLE: 503,
  CRDS_MISSING: 501,
  TOOL_TIMEOUT: 503,
  TOOL_UNREACHABLE: 503,
  TOOL_UNAUTHORIZED: 503,
};
const UNDELIVERED = new Set(["TOOL_TIMEOUT", "TOOL_UNREACHABLE", "TOOL_UNAUTHORIZED"]);

/** `POST /execute`: asks the act server, which decides by the approval; 202 with the record's state. Safe to repeat. */
export function executeHandler(tools: McpTools, logger: Logger): RequestHandler {
  return async (request, response) => {
    const parsed = executeRequestSchema.safeParse(request.body);
    if (!parsed.success) return invalidBody(response, parsed.error);
    const { remediationRef, digest, correlationId } = parsed.data;
    const log = logger.child({ correlationId, namespace: remediationRef.namespace, resource: remediationRef.name });
    const call = { id: randomUUID(), tool: EXECUTE, arguments: { ...remediationRef, digest } };
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const direct = { correlationId, signal: gone.signal, timeoutMs: TIMEOUT_MS };
    const parent = carrierIn(request.headers) ?? seededCarrier(correlationId);
    const attributes = {
      [GEN_AI.operation]: OPERATIONS.tool,
      [GEN_AI.toolName]: EXECUTE,
      [GEN_AI.conversationId]: correlationId,
    };
    const span = { kind: "server" as const, attributes, parent };
    const sent = inSpan(`${OPERATIONS.tool} ${EXECUTE}`, span, () => tools.callDirectly(call, direct));
    const result = await sent.catch((error: unknown) => {
      // Nobody is left to be told.
      if (!gone.signal.aborted) throw error;
    });
    if (result === undefined) return;
    log.info("execute", { code: result.code ?? "accepted" });
    if (!result.ok) return sendProblem(response, refusal(result));
    response.status(202).json(result.structured);
  };
}

function refusal({ code = "TOOL_ERROR", text }: ToolResult) {
  const status = STATUS[code] ?? 409;
  const detail = UNDELIVERED.has(code) ? `${text} Nothing is lost: repeat the call.` : text;
  const retry = status === 503 ? { retryAfterSeconds: 2 } : {};
  return { status, code, title: "The act server refused.", detail: detail.slice(0, 2_000), ...retry };
}
