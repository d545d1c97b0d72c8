import {
  type ConfigFault,
  choiceVariable,
  type Environment,
  filePathVariable,
  httpsOrLoopbackUrlVariable,
  httpUrlVariable,
  integerVariable,
  logLevelVariable,
  type ParsedConfig,
  parseConfig,
  portVariable,
  textVariable,
} from "@sre-agent/frame";
import { z } from "zod";
import { REASONING_EFFORTS } from "./model/chat.ts";

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
  AZURE_OPENAI_API_KEY_FILE: filePathVariable()
    .optional()
    .describe("File with the API key; read again when it changes."),
  AZURE_OPENAI_API_KEY: textVariable({ maxLength: 512 })
    .optional()
    .describe("The API key, where no file can be mounted."),
  MODEL_REASONING_EFFORT: choiceVariable(REASONING_EFFORTS)
    .optional()
    .describe("Reasoning effort, for models that reason; absent: not sent."),
  MODEL_CONCURRENCY: integerVariable({ min: 1, max: 64 })
    .default(4)
    .describe("Calls of the model under way at a time, over all runs."),
});
export type AgentConfig = z.output<typeof agentConfigSchema>;

const CHAT_SETTINGS = ["AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_DEPLOYMENT"] as const;

/** @returns the settings, or every fault at once; a model backend without its settings is one. */
export function parseAgentConfig(environment: Environment): ParsedConfig<AgentConfig> {
  const parsed = parseConfig(agentConfigSchema, environment);
  if (!parsed.ok) return parsed;
  const faults = parsed.config.MODEL_BACKEND === "chat" ? chatFaults(parsed.config) : [];
  return faults.length === 0 ? parsed : { ok: false, faults };
}

function chatFaults(config: AgentConfig): readonly ConfigFault[] {
  const missing = CHAT_SETTINGS.filter((name) => config[name] === undefined);
  const keys = [config.AZURE_OPENAI_API_KEY_FILE, config.AZURE_OPENAI_API_KEY].filter((key) => key !== undefined);
  return [
    ...missing.map((variable) => ({ variable, message: "is required with MODEL_BACKEND=chat" })),
    ...(keys.length === 1
      ? []
      : [
          {
            variable: "AZURE_OPENAI_API_KEY_FILE",
            message: "give either this or AZURE_OPENAI_API_KEY with MODEL_BACKEND=chat",
          },
        ]),
  ];
}
