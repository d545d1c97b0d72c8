import {
  csvVariable,
  type Environment,
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
  LOG_LEVEL: logLevelVariable().default("info").describe("The least severe lines that are written."),
  OTEL_EXPORTER_OTLP_ENDPOINT: telemetryVariables.OTEL_EXPORTER_OTLP_ENDPOINT,
});
export type McpConfig = z.output<typeof mcpConfigSchema>;

/** @returns the settings, or every fault at once. */
export function parseMcpConfig(environment: Environment): ParsedConfig<McpConfig> {
  return parseConfig(mcpConfigSchema, environment);
}
