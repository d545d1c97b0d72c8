import {
  csvVariable,
  durationVariable,
  type Environment,
  filePathVariable,
  httpUrlVariable,
  integerVariable,
  logLevelVariable,
  type ParsedConfig,
  parseConfig,
  portVariable,
  telemetryVariables,
  textVariable,
} from "@sre-agent/frame";
import { z } from "zod";

/** Settings of the operator as a service. */
export const operatorConfigSchema = z.object({
  AGENT_URL: httpUrlVariable().describe("Where the agent serves /decide and /execute."),
  AGENT_SECRET_FILE: filePathVariable().describe("File with the bearer secret shared with the agent."),
  WATCH_NAMESPACES: csvVariable().default([]).describe("Namespaces to serve; none: all of them."),
  SYSTEM_NAMESPACE: textVariable({ maxLength: 63 })
    .default("sre-system")
    .describe("Where sre-agent runs: its Lease is here."),
  POD_NAME: textVariable({ maxLength: 253 })
    .optional()
    .describe("Identity in the Lease; default host name and process id."),
  DECIDE_TIMEOUT: durationVariable({ minMs: 1_000, maxMs: 300_000 })
    .default(180_000)
    .describe("The longest that one step of the agent may take."),
  INVESTIGATION_WORKERS: integerVariable({ min: 1, max: 64 })
    .default(8)
    .describe("Investigations worked on at once; SrePolicy bounds how many run."),
  HOST: textVariable({ maxLength: 253 }).default("127.0.0.1").describe("Address to listen on; 0.0.0.0 in a pod."),
  PORT: portVariable().default(8080).describe("Port of /healthz, /readyz and /metrics."),
  LOG_LEVEL: logLevelVariable().default("info").describe("debug, info, warn or error."),
  OTEL_EXPORTER_OTLP_ENDPOINT: telemetryVariables.OTEL_EXPORTER_OTLP_ENDPOINT,
});
export type OperatorConfig = z.output<typeof operatorConfigSchema>;

/** @returns the settings, or every fault at once. */
export function parseOperatorConfig(environment: Environment): ParsedConfig<OperatorConfig> {
  return parseConfig(operatorConfigSchema, environment);
}
