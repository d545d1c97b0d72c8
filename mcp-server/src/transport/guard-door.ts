import { type Logger, sendProblem, sendTooManyRequests } from "@sre-agent/frame";
import type { UserInfo } from "@sre-agent/kube";
import type { Request, RequestHandler, Response } from "express";
import type { Authenticate } from "./authenticate.ts";

/** What stands before the MCP endpoint, in this order: Host and Origin, who is it; how often, frame counts. */

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/** The caller whom `authenticated` put on the response. */
export function principalOf(response: Response): UserInfo {
  return response.locals["principal"] as UserInfo;
}

/** 403 for a Host or Origin that is not ours: a web page in somebody's browser must not reach this server. */
export function ownHost(allowedHosts: readonly string[]): RequestHandler {
  const allowed = new Set([...LOOPBACK, ...allowedHosts]);
  return (request, response, next) => {
    const { host, origin } = request.headers;
    const wrong = !allowed.has(hostname(`http://${host}`)) || (origin !== undefined && !allowed.has(hostname(origin)));
    if (!wrong) return next();
    const detail = "The Host or Origin of the request is not allowed here; set ALLOWED_HOSTS.";
    sendProblem(response, { status: 403, code: "HOST_FORBIDDEN", title: "Forbidden", detail });
  };
}

function hostname(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : "";
}

/** 401 without a valid bearer token; says where to learn how to get one. */
export function authenticated(authenticate: Authenticate, logger: Logger): RequestHandler {
  return async (request, response, next) => {
    try {
      const address = request.socket.remoteAddress ?? "";
      const authentication = await authenticate(request.headers.authorization, address);
      if (authentication.is === "unknown") return unauthenticated(request, response);
      if (authentication.is === "throttled") {
        return sendTooManyRequests(
          response,
          "Too many refused tokens from this address.",
          authentication.retryAfterSeconds,
        );
      }
      response.locals["principal"] = authentication.user;
      next();
    } catch (error) {
      logger.warn("a caller could not be authenticated", { error });
      const detail = "The API server could not be asked who the caller is; try again.";
      sendProblem(response, { status: 503, code: "CLUSTER_UNAVAILABLE", title: "Service unavailable", detail });
    }
  };
}

function unauthenticated(request: Request, response: Response): void {
  const metadata = `${request.protocol}://${request.headers.host}/.well-known/oauth-protected-resource`;
  response.setHeader("WWW-Authenticate", `Bearer resource_metadata="${metadata}"`);
  const detail = "A bearer token with audience sre-agent is needed: kubectl create token ACCOUNT --audience=sre-agent.";
  sendProblem(response, { status: 401, code: "UNAUTHENTICATED", title: "Unauthenticated", detail });
}

/** 400 for a batch, which the protocol had in one revision: a hundred calls would count as one request. */
export const noBatch: RequestHandler = (request, response, next) => {
  if (!Array.isArray(request.body)) return next();
  sendProblem(response, {
    status: 400,
    code: "SCHEMA_INVALID",
    title: "No batches",
    detail: "Send one JSON-RPC message.",
  });
};
