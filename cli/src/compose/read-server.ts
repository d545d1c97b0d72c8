import { createMetrics, type Environment, type HttpServer, startTelemetry } from "@sre-agent/frame";
import { type Connection, createReader, createReviewer, isKubeError, systemClock } from "@sre-agent/kube";
import { createBackends, parseMcpConfig } from "@sre-agent/mcp-server";
import { countCalls, startHttp } from "@sre-agent/mcp-server/http";
import { mcpServerOptions, newPseudonym, readToolsOf } from "./mcp-server-options.ts";
import { redactedLogger } from "./redacted-logger.ts";
import { settingsOf } from "./settings.ts";

/** The mcp-read service: the read tools over HTTP. */
export async function startReadServer(connection: Connection, environment: Environment): Promise<HttpServer> {
  const config = settingsOf(parseMcpConfig(environment));
  const logger = await redactedLogger({ component: "mcp-read", level: config.LOG_LEVEL });
  const metrics = await createMetrics({ component: "mcp-read" });
  const telemetry = await startTelemetry("mcp-read", config);
  const pseudonym = newPseudonym();
  const server = mcpServerOptions({
    tools: readToolsOf({
      connection,
      pseudonym,
      backends: createBackends(config),
      metricsApi: await servesMetrics(connection),
    }),
    connection,
    pseudonym,
    runPrincipals: config.AGENT_PRINCIPALS,
    logger,
    onCall: countCalls(metrics),
  });
  const http = await startHttp({
    server,
    reviewer: createReviewer(connection),
    logger,
    metrics,
    now: systemClock.now,
    host: config.HOST,
    port: config.PORT,
    allowedHosts: config.ALLOWED_HOSTS,
    requestsPerMinute: config.REQUESTS_PER_MINUTE,
    ...(config.REDIS_URL === undefined ? {} : { redis: { url: config.REDIS_URL, name: "mcp-read" } }),
  });
  logger.info("serving", { url: http.url, role: "read" });
  return {
    url: http.url,
    async stop(withinMs) {
      await http.stop(withinMs);
      await telemetry.stop();
    },
  };
}

/** Asked once, at the start; a cluster that does not answer may serve it later. */
async function servesMetrics(connection: Connection): Promise<boolean> {
  try {
    const types = await createReader(connection).discover();
    return types.some(({ apiVersion }) => apiVersion.startsWith("metrics.k8s.io/"));
  } catch (error) {
    if (!isKubeError(error)) throw error;
    return true;
  }
}
