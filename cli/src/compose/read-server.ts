import type { Environment, HttpServer } from "@sre-agent/frame";
import { type Connection, createReader, isKubeError } from "@sre-agent/kube";
import { createBackends } from "@sre-agent/mcp-server";
import { readToolsOf } from "./mcp-server-options.ts";
import { openMcpService, serveTools } from "./mcp-service.ts";

/** The mcp-read service: the read tools over HTTP. */
export async function startReadServer(connection: Connection, environment: Environment): Promise<HttpServer> {
  const service = await openMcpService("mcp-read", environment);
  const { config, logger, pseudonym, telemetry } = service;
  const backends = createBackends(config);
  const metricsApi = await servesMetrics(connection);
  const http = await serveTools(connection, service, readToolsOf({ connection, pseudonym, backends, metricsApi }));
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
