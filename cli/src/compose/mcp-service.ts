import { createMetrics, type Environment, type HttpServer, startTelemetry } from "@sre-agent/frame";
import { type Connection, createReviewer, systemClock } from "@sre-agent/kube";
import { parseMcpConfig, type Tool } from "@sre-agent/mcp-server";
import { countCalls, startHttp } from "@sre-agent/mcp-server/http";
import { mcpServerOptions, newPseudonym } from "./mcp-server-options.ts";
import { redactedLogger } from "./redacted-logger.ts";
import { settingsOf } from "./settings.ts";

/** What an MCP service runs with. */
export type McpService = Awaited<ReturnType<typeof openMcpService>>;

/** @throws UserError with every fault of the settings. */
export async function openMcpService(name: "mcp-read" | "mcp-act", environment: Environment) {
  const config = settingsOf(parseMcpConfig(environment));
  const logger = await redactedLogger({ component: name, level: config.LOG_LEVEL });
  const metrics = await createMetrics({ component: name });
  const telemetry = await startTelemetry(name, config);
  return { name, config, logger, metrics, telemetry, pseudonym: newPseudonym() };
}

/** Serves `tools` over HTTP. */
export function serveTools(connection: Connection, service: McpService, tools: readonly Tool[]): Promise<HttpServer> {
  const { name, config, logger, metrics, pseudonym } = service;
  const server = mcpServerOptions({
    ...{ tools, connection, pseudonym, logger },
    runPrincipals: config.AGENT_PRINCIPALS,
    onCall: countCalls(metrics),
  });
  return startHttp({
    server,
    reviewer: createReviewer(connection),
    logger,
    metrics,
    now: systemClock.now,
    host: config.HOST,
    port: config.PORT,
    allowedHosts: config.ALLOWED_HOSTS,
    requestsPerMinute: config.REQUESTS_PER_MINUTE,
    ...(config.REDIS_URL === undefined ? {} : { redis: { url: config.REDIS_URL, name } }),
  });
}
