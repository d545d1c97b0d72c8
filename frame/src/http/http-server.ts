import type { Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { RequestHandler, Router } from "express";
import type { Health, HealthReport } from "../health.ts";
import type { Logger } from "../logger.ts";
import type { Counter, Metrics } from "../metrics.ts";
import { UserError } from "../process/user-error.ts";
import { assignCorrelationId, correlationIdOf } from "./correlation-id.ts";
import { problemOf } from "./error-problem.ts";
import { sendNotFound, sendProblem } from "./problem.ts";

interface RouteTools {
  /** Parses a JSON body of at most `limitBytes`, and answers 415 to a POST of anything else; put before the handlers of a route. */
  readonly json: (limitBytes: number) => RequestHandler;
}

export interface HttpServerOptions {
  readonly health: Health;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly routes: (router: Router, tools: RouteTools) => void;
  readonly host: string;
  /** 0 = chosen by the system. */
  readonly port: number;
}

export interface HttpServer {
  /** `http://host:port` as bound. */
  readonly url: string;
  /** Not ready at once, no new connections; requests under way get `withinMs`, then their connections are cut. */
  stop(withinMs: number): Promise<void>;
}

const CODES = ["1xx", "2xx", "3xx", "4xx", "5xx"] as const;
type RequestCounter = Counter<{ readonly code: typeof CODES }>;

function countRequests(metrics: Metrics): RequestCounter {
  return metrics.counter({
    name: "sre_agent_http_requests_total",
    help: "HTTP requests answered, by class of status code.",
    labels: { code: CODES },
  });
}

function countWhenDone(response: ServerResponse, counter: RequestCounter): void {
  response.once("close", () => {
    const code = CODES[Math.floor(response.statusCode / 100) - 1];
    if (code !== undefined) counter.increment({ code });
  });
}

function sendHealth(response: ServerResponse, report: HealthReport): void {
  response.statusCode = report.ok ? 200 : 503;
  response.setHeader("content-type", "application/json");
  response.setHeader("cache-control", "no-store");
  response.end(JSON.stringify(report));
}

function addProbes(router: Router, options: HttpServerOptions): void {
  router.get("/healthz", (_request, response) => sendHealth(response, options.health.live()));
  router.get("/readyz", (_request, response) => sendHealth(response, options.health.ready()));
  router.get("/metrics", async (_request, response) => {
    const text = await options.metrics.text();
    response.setHeader("content-type", options.metrics.contentType);
    response.end(text);
  });
}

/** The end of every request that no route answered: an error, or no route at all. */
function finish(error: unknown, response: ServerResponse, logger: Logger): void {
  if (error === undefined || error === null) {
    sendNotFound(response);
    return;
  }
  const problem = problemOf(error, { debug: logger.level === "debug" });
  if (problem.status >= 500) {
    logger.error("request failed", { correlationId: correlationIdOf(response), error });
  }
  sendProblem(response, problem);
}

async function createApplication(options: HttpServerOptions) {
  const { default: express } = await import("express");
  const application = express();
  application.disable("x-powered-by");
  application.disable("etag");
  const router = express.Router();
  addProbes(router, options);
  options.routes(router, { json: (limitBytes) => jsonAlone(express.json({ limit: limitBytes, strict: true })) });
  const counter = countRequests(options.metrics);
  application.use((request, response) => {
    assignCorrelationId(request, response);
    countWhenDone(response, counter);
    router(request, response, (error?: unknown) => finish(error, response, options.logger));
  });
  return application;
}

/** Nothing of another body is read: only the JSON parser bounds one. */
function jsonAlone(parse: RequestHandler): RequestHandler {
  return (request, response, next) => {
    if (request.method !== "POST" || request.is("application/json") !== false) {
      parse(request, response, next);
      return;
    }
    const detail = "Send JSON with the content type application/json.";
    sendProblem(response, { status: 415, code: "UNSUPPORTED_MEDIA_TYPE", title: "The body is not JSON.", detail });
  };
}

function listen(server: Server, options: HttpServerOptions): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const refused = (error: NodeJS.ErrnoException) =>
      reject(error.code === "EADDRINUSE" ? portTaken(options, error) : notBound(options, error));
    server.once("error", refused);
    server.listen(options.port, options.host, () => {
      server.off("error", refused);
      const address = server.address();
      if (address === null || typeof address === "string") reject(new Error("the server is not bound to a port"));
      else resolve(address);
    });
  });
}

function portTaken({ host, port }: HttpServerOptions, cause: Error): UserError {
  return new UserError(`Port ${port} of ${host} is taken by another process.`, {
    cause,
    nextStep: "End that one, or choose another with the setting PORT.",
  });
}

function notBound({ host, port }: HttpServerOptions, cause: Error): UserError {
  return new UserError(`${host} port ${port} cannot be listened on.`, {
    cause,
    nextStep: "Choose an address of this machine with the setting HOST, and a port that it may use with PORT.",
  });
}

function close(server: Server, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), withinMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** Once the server closes, a connection is cut when its last answer is out instead of being kept alive. */
function endConnectionsWhenClosing(server: Server): void {
  server.on("request", (_request, response: ServerResponse) => {
    response.once("close", () => {
      if (!server.listening) setImmediate(() => server.closeIdleConnections());
    });
  });
}

/**
 * Listens with /healthz, /readyz and /metrics beside the given routes; refusals are problem+json. Rejects when the
 * address cannot be bound. Who may call, and the Host and Origin headers, are checked by the routes. Loads express.
 */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const application = await createApplication(options);
  // Importing node:http also loads the whole of fetch: only who serves HTTP pays for it.
  const { createServer } = await import("node:http");
  const server = createServer(application);
  endConnectionsWhenClosing(server);
  const { address, family, port } = await listen(server, options);
  const host = family === "IPv6" ? `[${address}]` : address;
  return {
    url: `http://${host}:${port}`,
    stop: (withinMs) => {
      options.health.drain();
      return close(server, withinMs);
    },
  };
}
