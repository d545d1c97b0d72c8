import { AUDIENCE_META_KEY } from "@sre-agent/crds";
import { listedInput } from "./input-schema.ts";
import type { ToolDescriptor } from "./tool.ts";

/** A tool as `tools/list` has it. */
export function listedTool(descriptor: ToolDescriptor) {
  const { name, title, description, hints, audience } = descriptor;
  return {
    name,
    title,
    description,
    inputSchema: listedInput(descriptor) as { type: "object" },
    annotations: {
      title,
      readOnlyHint: hints.readOnly,
      destructiveHint: hints.destructive,
      idempotentHint: hints.idempotent,
      openWorldHint: hints.openWorld,
    },
    ...(audience === "client" ? { _meta: { [AUDIENCE_META_KEY]: audience } } : {}),
  };
}
