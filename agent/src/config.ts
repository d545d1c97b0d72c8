import {
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
import { modelConfigSchema, withoutFaults } from "./model/model-config.ts";

/** Settings of the agent service. */
export const agentConfigSchema = z.object({
  HOST: textVariable({ maxLength: 253 }).default("127.0.0.1").describe("Address to listen on; 0.0.0.0 in a pod."),
  PORT: portVariable().default(8080).describe("Port to listen on."),
  LOG_LEVEL: logLevelVariable().default("info").describe("debug, info, warn or error."),
  AGENT_SECRET_FILE: filePathVariable().describe("File with the bearer secret that callers of this service present."),
  MCP_READ_URL: httpUrlVariable().describe("Endpoint of mcp-read, such as http://sre-mcp-read.sre-system:8081/mcp."),
  MCP_ACT_URL: httpUrlVariable().optional().describe("Endpoint of mcp-act; absent: the agent can only look."),
  MCP_TOKEN_FILE: filePathVariable().describe("File with this agent's token for the MCP servers (audience sre-agent)."),
  REQUESTS_PER_MINUTE: integerVariable({ min: 1, max: 100_000 })
    .default(600)
    .describe("Requests a minute to /decide and /execute, whose callers share one secret."),
  REDIS_URL: redisUrlVariable()
    .optional()
    .describe("Redis in which all replicas count requests together; default each for itself."),
  ...modelConfigSchema.shape,
  ...telemetryVariables,
});
export type AgentConfig = z.output<typeof agentConfigSchema>;

/** @returns the settings, or every fault at once; a model backend without its settings is one. */
export function parseAgentConfig(environment: Environment): ParsedConfig<AgentConfig> {
  const parsed = parseConfig(agentConfigSchema, environment);
  return parsed.ok ? withoutFaults<AgentConfig>(parsed.config) : parsed;
}
