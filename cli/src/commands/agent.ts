import type { Command } from "../command.ts";
import { runAgent } from "../compose/agent-service.ts";

export const command: Command = {
  name: "agent",
  summary: "Run the agent service: POST /decide and POST /execute.",
  description: "Settings come from the environment; docs/configuration.md lists them. It has no access to Kubernetes.",
  positionals: [],
  options: {},
  examples: [["agent", "with AGENT_SECRET_FILE, MCP_READ_URL, MCP_ACT_URL and MCP_TOKEN_FILE set"]],
  async run({ environment, signal }) {
    await runAgent(environment, signal);
    return 0;
  },
};
