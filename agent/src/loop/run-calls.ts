import type { ToolCall, ToolResult } from "@sre-agent/crds";
import type { PlannedCall } from "./plan-calls.ts";

const READS_AT_ONCE = 4;

/**
 * Runs planned calls and gives one result for each, in their order. Reads that stand side by side overlap, at most four
 * at once; an act tool waits for everything before it and nothing overlaps it.
 */
export async function runCalls(
  planned: readonly PlannedCall[],
  run: (call: ToolCall) => Promise<ToolResult>,
): Promise<readonly ToolResult[]> {
  const results: ToolResult[] = [];
  for (const batch of batchesOf(planned)) {
    results.push(...(await Promise.all(batch.map((plan) => ("refusal" in plan ? plan.refusal : run(plan.call))))));
  }
  return results;
}

function batchesOf(planned: readonly PlannedCall[]): readonly (readonly PlannedCall[])[] {
  const batches: PlannedCall[][] = [];
  for (const plan of planned) {
    const open = batches.at(-1);
    const joins = open !== undefined && open.length < READS_AT_ONCE && !isAct(plan) && !open.some(isAct);
    if (joins) open.push(plan);
    else batches.push([plan]);
  }
  return batches;
}

function isAct(plan: PlannedCall): boolean {
  return "tool" in plan && plan.tool.role === "act";
}
