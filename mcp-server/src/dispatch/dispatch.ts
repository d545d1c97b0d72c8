import { type Denial, deny } from "@sre-agent/crds";
import { isKubeError, type KubeError } from "@sre-agent/kube";
import type { z } from "zod";
import type { Tool, ToolContext, ToolDescriptor, ToolHandler, ToolReply } from "../tools/tool.ts";

/** List and call of one role, from the same tools: what is not listed cannot be called. */
export interface Dispatch {
  readonly descriptors: readonly ToolDescriptor[];
  /** An unknown tool, a wrong argument and a failed read are replies too; rejects only for a fault of the handler's. */
  call(name: string, args: unknown, context: ToolContext): Promise<ToolReply>;
}

export function createDispatch(tools: readonly Tool[]): Dispatch {
  const byName = new Map(tools.map((tool) => [tool.descriptor.name, tool]));
  return {
    descriptors: tools.map(({ descriptor }) => descriptor),
    async call(name, args, context) {
      const tool = byName.get(name);
      if (tool === undefined) return refused(unknownTool(name, [...byName.keys()]));
      const parsed = tool.descriptor.input.safeParse(args ?? {});
      if (!parsed.success) return refused(invalidInput(tool.descriptor, parsed.error));
      try {
        return await (tool.handle as ToolHandler)(parsed.data, context);
      } catch (error) {
        if (!isKubeError(error)) throw error;
        return refused(clusterDenial(error));
      }
    },
  };
}

const refused = (denial: Denial): ToolReply => ({ ok: false, denial });

function unknownTool(name: string, legal: readonly string[]): Denial {
  return deny(
    "TOOL_UNKNOWN",
    `There is no tool ${JSON.stringify(name.slice(0, 64))} here. Legal: ${legal.join(", ")}.`,
  );
}

/** Names each wrong argument and what would be right. */
function invalidInput(descriptor: ToolDescriptor, error: z.ZodError): Denial {
  const legal = Object.keys((descriptor.input as z.ZodObject).shape).join(", ");
  const faults = error.issues.slice(0, 5).map((issue) => {
    if (issue.code === "unrecognized_keys") return `unknown argument ${issue.keys.join(", ")}`;
    return `${issue.path.join(".") || "arguments"}: ${issue.message}`;
  });
  return deny("SCHEMA_INVALID", `${descriptor.name}: ${faults.join("; ")}. Arguments: ${legal}.`);
}

function clusterDenial(error: KubeError): Denial {
  switch (error.code) {
    case "NOT_FOUND":
    case "UNKNOWN_KIND":
      return deny("NOT_FOUND", error.message);
    case "FORBIDDEN":
      return deny("READ_FORBIDDEN", error.message);
    case "UNAUTHORIZED":
      return deny(
        "CLUSTER_UNAVAILABLE",
        error.message,
        "The server's own credential is refused; a person has to renew it.",
      );
    case "GONE":
      return deny("SCHEMA_INVALID", "cursor: has expired.", "Call again without cursor.");
    case "INVALID":
      return deny("SCHEMA_INVALID", error.message);
    default:
      return deny("CLUSTER_UNAVAILABLE", error.message);
  }
}
