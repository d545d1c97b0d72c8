export { type AgentConfig, agentConfigSchema, parseAgentConfig } from "./config.ts";
export { startAgent } from "./start-agent.ts";
