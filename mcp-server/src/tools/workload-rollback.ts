import type { ProposeDependencies } from "../execute/propose.ts";
import { createProposalTool, type ProposalInput } from "../execute/propose-tool.ts";
import { previousRevision } from "../plans/rollback.ts";
import type { ToolHandler } from "./tool.ts";

/** Arguments as the catalog's schema lets them through. */
export interface RollbackInput extends ProposalInput {
  /** Absent: the newest earlier revision that differs. */
  readonly toRevision?: number | undefined;
}

/** Proposes to return a workload to a recorded revision. */
export function createWorkloadRollback(dependencies: ProposeDependencies): ToolHandler<RollbackInput> {
  return createProposalTool({
    type: "Rollback",
    dependencies,
    actionOf(input, target, live) {
      const toRevision = input.toRevision ?? previousRevision(live);
      return typeof toRevision === "number" ? { type: "Rollback", target, parameters: { toRevision } } : toRevision;
    },
  });
}
