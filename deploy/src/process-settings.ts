import { agentConfigSchema } from "@sre-agent/agent";
import { type ConfigRow, describeConfig } from "@sre-agent/frame";
import { mcpConfigSchema } from "@sre-agent/mcp-server";
import { operatorConfigSchema } from "@sre-agent/operator";

/** Every environment variable of every process, from the schemas that read them. */
export const PROCESS_SETTINGS: readonly { readonly title: string; readonly rows: readonly ConfigRow[] }[] = [
  { title: "operator", rows: describeConfig(operatorConfigSchema) },
  { title: "agent", rows: describeConfig(agentConfigSchema) },
  { title: "mcp-read and mcp-act", rows: describeConfig(mcpConfigSchema) },
];
