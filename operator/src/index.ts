export { type AgentClient, type AgentClientOptions, createAgentClient } from "./agent/client.ts";
export { type OperatorConfig, operatorConfigSchema, parseOperatorConfig } from "./config.ts";
export { isOperatorError, OperatorError, type OperatorErrorCode } from "./error.ts";
export { createScrub, type Scrub } from "./scrub.ts";
export { OPERATOR_LEASE, type Operator, type OperatorOptions, startOperator } from "./start-operator.ts";
export { type Chunk, chunkOf, readJournal, verifyChain } from "./transcripts/chunk.ts";
export { projectTranscript, projectWhole } from "./transcripts/projection.ts";
export { scrubEntry } from "./transcripts/scrub-entry.ts";
export { createWatch, type Watch, type WatchDependencies, type WatchOptions } from "./watch.ts";
