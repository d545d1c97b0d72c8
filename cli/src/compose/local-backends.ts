import type { Environment } from "@sre-agent/frame";
import { type Backends, createBackends, parseBackendConfig } from "@sre-agent/mcp-server";
import { settingsOf } from "./settings.ts";

/** What a person's own server can ask besides the cluster. */
export function localBackends(environment: Environment): Backends {
  return createBackends(settingsOf(parseBackendConfig(environment)));
}
