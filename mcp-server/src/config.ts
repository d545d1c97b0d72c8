import {
  csvVariable,
  type Environment,
  filePathVariable,
  httpUrlVariable,
  integerVariable,
  logLevelVariable,
  type ParsedConfig,
  parseConfig,
  portVariable,
  redisUrlVariable,
  telemetryVariables,
  textVariable,
} from "@sre-agent/frame";
import { z } from "zod";

const backendVariables = {
  PROMETHEUS_URL: httpUrlVariable().optional().describe("Prometheus that metrics_query asks; default none."),
  PROMETHEUS_TOKEN_FILE: filePathVariable().optional().describe("Bearer token for Prometheus; default none."),
  LOKI_URL: httpUrlVariable().optional().describe("Loki that logs_query asks; default none, and no such tool."),
  LOKI_TOKEN_FILE: filePathVariable().optional().describe("Bearer token for Loki; default none."),
  LOKI_TENANT: textVariable({ maxLength: 150 }).optional().describe("Tenant for Loki (X-Scope-OrgID); default none."),
};

const backendConfigSchema = z.object(backendVariables);
export type BackendConfig = z.output<typeof backendConfigSchema>;

/** Settings of an MCP server as a service. */
export const mcpConfigSchema = z.object({
  HOST: textVariable({ maxLength: 253 }).default("127.0.0.1").describe("Address to listen on; 0.0.0.0 in a pod."),
  PORT: portVariable().default(8081).describe("Port to listen on."),
  ALLOWED_HOSTS: csvVariable().default([]).describe("Host names, beside loopback, by which clients reach this server."),
  AGENT_PRINCIPALS: csvVariable()
    .default(["system:serviceaccount:sre-system:sre-agent"])
    .describe("User names that may call for a run."),
  REQUESTS_PER_MINUTE: integerVariable({ min: 1, max: 100_000 }).default(600).describe("Requests a minute and caller."),
  REDIS_URL: redisUrlVariable()
    .optional()
    .describe("Redis in which all replicas count requests together; default each for itself."),
  SYSTEM_NAMESPACE: textVariable({ maxLength: 63 })
    .default("sre-system")
    .describe("Where sre-agent runs: its Lease is here, and it never acts here."),
  POD_NAME: textVariable({ maxLength: 253 })
    .optional()
    .describe("Identity in the Lease; default host name and process id."),
  AUDIT_FILE: textVariable({ maxLength: 4096 })
    .optional()
    .describe("Where the act server appends its audit chain; default standard output."),
  ...backendVariables,
  LOG_LEVEL: logLevelVariable().default("info").describe("The least severe lines that are written."),
  OTEL_EXPORTER_OTLP_ENDPOINT: telemetryVariables.OTEL_EXPORTER_OTLP_ENDPOINT,
});
export type McpConfig = z.output<typeof mcpConfigSchema>;

/** @returns the settings, or every fault at once. */
export function parseMcpConfig(environment: Environment): ParsedConfig<McpConfig> {
  return parseConfig(mcpConfigSchema, environment);
}

/** The settings that a server on stdio reads too. */
export function parseBackendConfig(environment: Environment): ParsedConfig<BackendConfig> {
  return parseConfig(backendConfigSchema, environment);
}
