export const GROUP = "sre-agent.dev";
