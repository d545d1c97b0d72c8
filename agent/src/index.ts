export { agentConfigSchema, parseAgentConfig } from "./config.ts";
export type { Check as ModelCheck } from "./model/examine-checks.ts";
export { examineModel } from "./model/examine-model.ts";
export { type ModelConfig, parseModelConfig } from "./model/model-config.ts";
export { type InvestigationOptions, runInvestigation } from "./run-investigation.ts";
export { startAgent } from "./start-agent.ts";
export type { LocalServer } from "./tools/local-tools.ts";
