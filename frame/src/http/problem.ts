import type { IncomingMessage, ServerResponse } from "node:http";
import { CORRELATION_HEADER } from "./correlation-id.ts";

interface ProblemError {
  /** Where in the body, such as `trigger.name`. */
  readonly path: string;
  readonly message: string;
}

/** A refusal as RFC 9457 problem details. */
export interface Problem {
  readonly status: number;
  /** Stable and machine-readable, SCREAMING_SNAKE. */
  readonly code: string;
  readonly title: string;
  readonly detail?: string;
  readonly errors?: readonly ProblemError[];
  readonly retryAfterSeconds?: number;
}

const MAX_ERRORS = 50;

/** Answers with `application/problem+json`. An answer already under way is cut, so that nobody takes it for complete. */
export function sendProblem(response: ServerResponse, problem: Problem): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { retryAfterSeconds, errors, ...rest } = problem;
  const correlationId = response.getHeader(CORRELATION_HEADER);
  const body = {
    type: "about:blank",
    ...rest,
    ...(errors === undefined ? {} : { errors: errors.slice(0, MAX_ERRORS) }),
    ...(errors === undefined || errors.length <= MAX_ERRORS ? {} : { errorsLeftOut: errors.length - MAX_ERRORS }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...(typeof correlationId === "string" ? { correlationId } : {}),
  };
  response.statusCode = problem.status;
  response.setHeader("content-type", "application/problem+json");
  response.setHeader("cache-control", "no-store");
  if (retryAfterSeconds !== undefined) response.setHeader("retry-after", String(Math.ceil(retryAfterSeconds)));
  response.end(JSON.stringify(body));
}

/** The answer for a path that no route takes. */
export function sendNotFound(response: ServerResponse): void {
  sendProblem(response, { status: 404, code: "NOT_FOUND", title: "There is no such path." });
}

/** Last handler of a path: any method that reached it is answered 405 with the methods that work. */
export function methodNotAllowed(...allowed: readonly string[]) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    response.setHeader("allow", allowed.join(", "));
    const detail = `${request.method} does not work here; use ${allowed.join(" or ")}.`;
    sendProblem(response, { status: 405, code: "METHOD_NOT_ALLOWED", title: "The method is not allowed.", detail });
  };
}
