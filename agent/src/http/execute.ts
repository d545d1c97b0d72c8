import { randomUUID } from "node:crypto";
import { executeRequestSchema, type ToolResult } from "@sre-agent/crds";
import { type Logger, sendProblem } from "@sre-agent/frame";
import type { RequestHandler } from "express";
import type { McpTools } from "../tools/mcp-tools.ts";
import { invalidBody } from "./decide.ts";

const TIMEOUT_MS = 15_000;

/** HTTP status of a refusal, by its code; anything else is a conflict with how things stand. */
const STATUS: Readonly<Record<string, number>> = {
  SCHEMA_INVALID: 400,
  TOOL_UNKNOWN: 501,
  READ_FORBIDDEN: 403,
  IDENTITY_FORBIDDEN: 403,
  NOT_FOUND: 404,
  NOT_LEADER: 503,
  CLUSTER_UNAVAILABLE: 503,
  FACTS_UNAVAILABLE: 503,
  CRDS_MISSING: 501,
};

/** `POST /execute`: asks the act server, which decides by the approval; 202 with the record's state. Safe to repeat. */
export function executeHandler(tools: McpTools, logger: Logger): RequestHandler {
  return async (request, response) => {
    const parsed = executeRequestSchema.safeParse(request.body);
    if (!parsed.success) return invalidBody(response, parsed.error);
    const { remediationRef, digest, correlationId } = parsed.data;
    const log = logger.child({ correlationId, namespace: remediationRef.namespace, resource: remediationRef.name });
    const call = { id: randomUUID(), tool: "remediation_execute", arguments: { ...remediationRef, digest } };
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    try {
      const result = await tools.callDirectly(call, { correlationId, signal: gone.signal, timeoutMs: TIMEOUT_MS });
      log.info("execute", { code: result.code ?? "accepted" });
      if (!result.ok) return sendProblem(response, refusal(result));
      response.status(202).json(result.structured);
    } catch (error) {
      log.warn("the act server could not be reached", { error });
      const detail = "The act server could not be reached; nothing is lost, repeat the call.";
      sendProblem(response, {
        status: 503,
        code: "TOOLS_UNREACHABLE",
        title: "Not reached",
        detail,
        retryAfterSeconds: 2,
      });
    }
  };
}

function refusal({ code = "TOOL_ERROR", text }: ToolResult) {
  return { status: STATUS[code] ?? 409, code, title: "The act server refused.", detail: text.slice(0, 2_000) };
}
