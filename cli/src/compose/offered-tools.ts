import { type Backends, CATALOG, offeredReadTools, type ToolDescriptor } from "@sre-agent/mcp-server";

/** Whether the cluster serves a metrics API is not known before the first call: the tool is offered and says so. */
export function offeredTools(role: "read" | "act" | "all", { loki }: Backends): readonly ToolDescriptor[] {
  const read = offeredReadTools({ metrics: true, logs: loki !== undefined });
  const act = CATALOG.filter((tool) => tool.role === "act");
  return [...(role === "act" ? [] : read), ...(role === "read" ? [] : act)];
}
