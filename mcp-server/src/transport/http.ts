import {
  createHealth,
  createHttpServer,
  createRateLimiter,
  type HttpServer,
  type Logger,
  type Metrics,
  type RateLimiter,
  rateLimit,
} from "@sre-agent/frame";
import type { Reviewer } from "@sre-agent/kube";
import type { RequestHandler, Router } from "express";
import { createHttpEndpoint, type HttpEndpoint } from "../http-endpoint.ts";
import type { ServerOptions } from "../server.ts";
import { createAuthenticate } from "./authenticate.ts";
import { authenticated, noBatch, ownHost, principalOf } from "./guard-door.ts";

export interface HttpOptions {
  readonly server: ServerOptions;
  readonly reviewer: Reviewer;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly now: () => number;
  readonly host: string;
  readonly port: number;
  readonly allowedHosts: readonly string[];
  readonly requestsPerMinute: number;
  /** Where replicas of one name count requests together; absent: each for itself. */
  readonly redis?: { readonly url: string; readonly name: string } | undefined;
}

const BODY_BYTES = 1024 * 1024;
const SESSION_TTL_MS = 10 * 60_000;
const MAX_SESSIONS = 1_000;
const MAX_SESSIONS_PER_CALLER = 100;
const SWEEP_MS = 30_000;

/** MCP over streamable HTTP at `/mcp`, with probes and metrics beside it. */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const { logger, now } = options;
  const endpoint = createHttpEndpoint(options.server, {
    now,
    onError: (error) => logger.debug("a request failed", { error }),
    sessionTtlMs: SESSION_TTL_MS,
    maxSessions: MAX_SESSIONS,
    maxSessionsPerCaller: MAX_SESSIONS_PER_CALLER,
  });
  const sweep = sweepSessions(endpoint, options.metrics);
  const limiter = await createRateLimiter(options);
  const health = createHealth();
  const server = await createHttpServer({
    health,
    metrics: options.metrics,
    logger,
    host: options.host,
    port: options.port,
    routes: (router, { json }) => addRoutes(router, json(BODY_BYTES), { endpoint, limiter, options }),
  });
  return {
    url: server.url,
    async stop(withinMs) {
      clearInterval(sweep);
      await endpoint.close();
      await server.stop(withinMs);
      await limiter.close();
    },
  };
}

/** Closes idle sessions and publishes how many there are, without keeping the process alive. */
function sweepSessions(endpoint: HttpEndpoint, metrics: Metrics): NodeJS.Timeout {
  const gauge = metrics.gauge({
    name: "sre_agent_mcp_sessions",
    help: "Open sessions of clients of the 2025 era, looked at every 30 seconds.",
    labels: {},
  });
  return setInterval(() => {
    endpoint.closeIdle();
    gauge.set({}, endpoint.sessions);
  }, SWEEP_MS).unref();
}

interface Routed {
  readonly endpoint: HttpEndpoint;
  readonly limiter: RateLimiter;
  readonly options: HttpOptions;
}

function addRoutes(router: Router, json: RequestHandler, { endpoint, limiter, options }: Routed): void {
  const known = ownHost(options.allowedHosts);
  router.get("/.well-known/oauth-protected-resource", known, (request, response) => {
    const resource = `${request.protocol}://${request.headers.host}/mcp`;
    response.json({ resource, bearer_methods_supported: ["header"], resource_name: options.server.name });
  });
  router.all(
    "/mcp",
    known,
    authenticated(createAuthenticate(options.reviewer, options.now), options.logger),
    rateLimit({ limiter, metrics: options.metrics, callerOf: (response) => principalOf(response).username }),
    json,
    noBatch,
    (request, response) => {
      const principal = principalOf(response);
      return endpoint.handle({ request, response, body: request.body, principal, principalKey: principal.username });
    },
  );
}
