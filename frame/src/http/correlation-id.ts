import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

export const CORRELATION_HEADER = "x-correlation-id";

const ACCEPTED = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/** Takes the caller's id when it is a plain token of at most 128 characters, else makes one; the answer carries it. */
export function assignCorrelationId(request: IncomingMessage, response: ServerResponse): string {
  const given = request.headers[CORRELATION_HEADER];
  const id = typeof given === "string" && ACCEPTED.test(given) ? given : randomUUID();
  response.setHeader(CORRELATION_HEADER, id);
  return id;
}

/** The id of the request that `response` answers; empty before it was assigned. */
export function correlationIdOf(response: ServerResponse): string {
  const id = response.getHeader(CORRELATION_HEADER);
  return typeof id === "string" ? id : "";
}
