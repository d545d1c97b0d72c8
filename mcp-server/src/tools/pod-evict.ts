import type { ProposeDependencies } from "../execute/propose.ts";
import { createProposalTool, type ProposalInput } from "../execute/propose-tool.ts";
import type { ToolHandler } from "./tool.ts";

/** Proposes to evict one pod that its controller replaces. */
export function createPodEvict(dependencies: ProposeDependencies): ToolHandler<ProposalInput> {
  return createProposalTool({
    type: "Evict",
    dependencies,
    actionOf: (_input, target) => ({ type: "Evict", target, parameters: {} }),
  });
}
