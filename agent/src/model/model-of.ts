import type { AgentConfig } from "../config.ts";
import type { ModelClient } from "./model-client.ts";
import { createRules } from "./rules.ts";

/** The backend that the settings name. */
export async function modelOf(_config: AgentConfig): Promise<ModelClient> {
  return createRules();
}
