import type { ProposeDependencies } from "../execute/propose.ts";
import { createProposalTool, type ProposalInput } from "../execute/propose-tool.ts";
import type { ToolHandler } from "./tool.ts";

/** One restart a minute: what is proposed twice within it is the same change with the same record. */
const RESTART_GRAIN_MS = 60_000;

/** Proposes to replace a workload's pods one after the other. */
export function createWorkloadRestart(dependencies: ProposeDependencies): ToolHandler<ProposalInput> {
  return createProposalTool({
    type: "Restart",
    dependencies,
    actionOf(_input, target) {
      const minute = Math.floor(dependencies.clock.now() / RESTART_GRAIN_MS) * RESTART_GRAIN_MS;
      return { type: "Restart", target, parameters: { restartedAt: new Date(minute).toISOString() } };
    },
  });
}
