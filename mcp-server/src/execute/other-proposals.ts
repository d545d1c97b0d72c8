import type { ToolHandler } from "../tools/tool.ts";
import type { ProposeDependencies } from "./propose.ts";
import { createProposalTool, type ProposalInput } from "./propose-tool.ts";

interface ScaleInput extends ProposalInput {
  readonly replicas: number;
}

/** One restart a minute: what is proposed twice within it is the same change with the same record. */
const RESTART_GRAIN_MS = 60_000;

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

export function createWorkloadScale(dependencies: ProposeDependencies): ToolHandler<ScaleInput> {
  return createProposalTool({
    type: "Scale",
    dependencies,
    actionOf: ({ replicas }: ScaleInput, target) => ({ type: "Scale", target, parameters: { replicas } }),
  });
}

export function createPodEvict(dependencies: ProposeDependencies): ToolHandler<ProposalInput> {
  return createProposalTool({
    type: "Evict",
    dependencies,
    actionOf: (_input, target) => ({ type: "Evict", target, parameters: {} }),
  });
}
