import type { RequestHandler, Response } from "express";
import type { Metrics } from "../metrics.ts";
import { sendProblem } from "./problem.ts";
import type { RateLimiter } from "./rate-limiter.ts";

export interface RateLimitOptions {
  readonly limiter: RateLimiter;
  /** Whose request it is: known by then, and never what a caller says of itself. */
  readonly callerOf: (response: Response) => string;
  readonly metrics: Metrics;
}

/** 429 with Retry-After above so many requests a minute and caller. Stands behind authentication. */
export function rateLimit({ limiter, callerOf, metrics }: RateLimitOptions): RequestHandler {
  const refusals = metrics.counter({
    name: "sre_agent_http_rate_limited_total",
    help: "HTTP requests answered 429, since their caller made too many.",
    labels: {},
  });
  return async (_request, response, next) => {
    const admission = await limiter.admit(callerOf(response));
    if (admission.allowed) return next();
    refusals.increment({});
    sendTooManyRequests(
      response,
      `More than ${limiter.requestsPerMinute} requests a minute.`,
      admission.retryAfterSeconds,
    );
  };
}

/** The one answer to who asks too often. */
export function sendTooManyRequests(response: Response, detail: string, retryAfterSeconds: number): void {
  sendProblem(response, { status: 429, code: "RATE_LIMITED", title: "Too many requests", detail, retryAfterSeconds });
}
