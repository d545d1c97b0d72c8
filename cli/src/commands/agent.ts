import { parseAgentConfig, startAgent } from "@sre-agent/agent";
import { createLogger } from "@sre-agent/frame";
import type { Command } from "../command.ts";
import { settingsOf } from "../compose/settings.ts";

const STOP_WITHIN_MS = 5_000;

export const command: Command = {
  name: "agent",
  summary: "Run the agent service: POST /decide and POST /execute.",
  description:
    "Settings come from the environment; docs/configuration.md lists them. It has no access to Kubernetes of its own.",
  positionals: [],
  options: {},
  examples: [["agent", "with AGENT_SECRET_FILE, MCP_READ_URL, MCP_ACT_URL and MCP_TOKEN_FILE set"]],
  async run({ environment, signal }) {
    const config = settingsOf(parseAgentConfig(environment));
    const logger = await createLogger({ component: "agent", level: config.LOG_LEVEL });
    const server = await startAgent(config, logger);
    logger.info("serving", { url: server.url, backend: config.MODEL_BACKEND });
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    await server.stop(STOP_WITHIN_MS);
    return 0;
  },
};
