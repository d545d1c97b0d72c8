import type { Command } from "../command.ts";
import { CLUSTER_OPTIONS, connectCluster } from "../compose/cluster.ts";
import { runOperator } from "../compose/operator-service.ts";

export const command: Command = {
  name: "operator",
  summary: "Run the operator: watch triggers, ask the agent, record what comes of it.",
  description: "Settings come from the environment; docs/configuration.md lists them.",
  positionals: [],
  options: CLUSTER_OPTIONS,
  examples: [["operator", "in a pod, with AGENT_URL and AGENT_SECRET_FILE set"]],
  async run(invocation) {
    const connection = await connectCluster(invocation);
    try {
      await runOperator(connection, invocation.environment, invocation.signal);
      return 0;
    } finally {
      await connection.close();
    }
  },
};
