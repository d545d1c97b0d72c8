export { createAgentClient } from "./agent/client.ts";
export { type OperatorConfig, operatorConfigSchema, parseOperatorConfig } from "./config.ts";
export { createScrub } from "./scrub.ts";
export { createStanding, type Standing } from "./standing.ts";
export { OPERATOR_LEASE, type Operator, type OperatorOptions, startOperator } from "./start-operator.ts";
export { type Chunk, chunkOf, readJournal, verifyChain } from "./transcripts/chunk.ts";
export { projectWhole } from "./transcripts/projection.ts";
export { scrubEntry } from "./transcripts/scrub-entry.ts";
export { createWatch } from "./watch.ts";
