import {
  choiceVariable,
  type Environment,
  filePathVariable,
  httpsOrLoopbackUrlVariable,
  httpUrlVariable,
  logLevelVariable,
  type ParsedConfig,
  parseConfig,
  portVariable,
  textVariable,
} from "@sre-agent/frame";
import { z } from "zod";

/** Settings of the agent service. */
export const agentConfigSchema = z.object({
  HOST: textVariable({ maxLength: 253 }).default("127.0.0.1").describe("Address to listen on; 0.0.0.0 in a pod."),
  PORT: portVariable().default(8080).describe("Port to listen on."),
  LOG_LEVEL: logLevelVariable().default("info").describe("debug, info, warn or error."),
  AGENT_SECRET_FILE: filePathVariable().describe("File with the bearer secret that callers of this service present."),
  MCP_READ_URL: httpUrlVariable().describe("Endpoint of mcp-read, such as http://sre-mcp-read.sre-system:8081/mcp."),
  MCP_ACT_URL: httpUrlVariable().optional().describe("Endpoint of mcp-act; absent: the agent can only look."),
  MCP_TOKEN_FILE: filePathVariable().describe("File with this agent's token for the MCP servers (audience sre-agent)."),
  MODEL_BACKEND: choiceVariable(["rules", "chat"])
    .default("rules")
    .describe("rules: no model; chat: Chat Completions."),
  AZURE_OPENAI_ENDPOINT: httpsOrLoopbackUrlVariable()
    .optional()
    .describe("Base URL ending in /openai/v1/, or of another compatible endpoint; for MODEL_BACKEND=chat."),
  AZURE_OPENAI_DEPLOYMENT: textVariable({ maxLength: 128 }).optional().describe("Deployment, sent as the model."),
  AZURE_OPENAI_API_KEY_FILE: filePathVariable().optional().describe("File with the API key."),
  MODEL_REASONING_EFFORT: choiceVariable(["none", "minimal", "low", "medium", "high"])
    .optional()
    .describe("Reasoning effort, for models that reason."),
});
export type AgentConfig = z.output<typeof agentConfigSchema>;

const MODEL_SETTINGS = ["AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_DEPLOYMENT", "AZURE_OPENAI_API_KEY_FILE"] as const;

/** @returns the settings, or every fault at once; a model backend without its settings is one. */
export function parseAgentConfig(environment: Environment): ParsedConfig<AgentConfig> {
  const parsed = parseConfig(agentConfigSchema, environment);
  if (!parsed.ok || parsed.config.MODEL_BACKEND !== "chat") return parsed;
  const missing = MODEL_SETTINGS.filter((name) => parsed.config[name] === undefined);
  const faults = missing.map((variable) => ({ variable, message: "is required with MODEL_BACKEND=chat" }));
  return faults.length === 0 ? parsed : { ok: false, faults };
}
