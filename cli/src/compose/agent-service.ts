import { parseAgentConfig, startAgent } from "@sre-agent/agent";
import { type Environment, fileSecret } from "@sre-agent/frame";
import { aborted } from "./aborted.ts";
import { redactedLogger } from "./redacted-logger.ts";
import { settingsOf } from "./settings.ts";

const STOP_WITHIN_MS = 5_000;

/** The agent service, until `signal` aborts. */
export async function runAgent(environment: Environment, signal: AbortSignal): Promise<void> {
  const config = settingsOf(parseAgentConfig(environment));
  // A service without its secrets would look well and serve nobody.
  for (const file of [config.AGENT_SECRET_FILE, config.MCP_TOKEN_FILE]) fileSecret(file)();
  const logger = await redactedLogger({ component: "agent", level: config.LOG_LEVEL });
  const server = await startAgent(config, logger);
  logger.info("serving", { url: server.url, backend: config.MODEL_BACKEND });
  await aborted(signal);
  await server.stop(STOP_WITHIN_MS);
}
