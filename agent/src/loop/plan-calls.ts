import type { ToolCall, ToolResult } from "@sre-agent/crds";
import type { OfferedTool } from "../tools/tool-client.ts";
import { type ArgumentFault, argumentFaults } from "./check-arguments.ts";
import { isFailure, isForced } from "./notes.ts";
import { allResults, limitsOf, type RunState } from "./run-state.ts";

/** A call is either run by its tool or answered without it. */
export type PlannedCall =
  | { readonly call: ToolCall; readonly tool: OfferedTool }
  | { readonly call: ToolCall; readonly refusal: ToolResult };

/** Decides for each call of a turn, in order, whether it is run. Pure. */
export function planCalls(
  calls: readonly ToolCall[],
  state: RunState,
  tools: readonly OfferedTool[],
): readonly PlannedCall[] {
  const left = limitsOf(state.begun?.budget).toolCalls - state.spent.toolCalls;
  const answered = new Set(allResults(state).map(({ callId }) => callId));
  const isForcedEnd = isLastOfModel(state);
  return calls.map((call, index) => {
    const isRepeated = answered.has(call.id) || calls.findIndex(({ id }) => id === call.id) < index;
    return planCall(call, { tools, isRepeated, isForcedEnd, isOver: index >= left });
  });
}

/**
 * Whether the newest turn is the one in which the model could only answer. After it, and once the model is gone, only code
 * asks: what was taken from the model is not taken from it.
 */
function isLastOfModel({ turns, notes }: RunState): boolean {
  const forced = notes.find(isForced);
  if (forced === undefined || notes.some(isFailure)) return false;
  return turns.filter(({ position }) => position > forced.position).length === 1;
}

interface Standing {
  readonly tools: readonly OfferedTool[];
  readonly isRepeated: boolean;
  readonly isForcedEnd: boolean;
  readonly isOver: boolean;
}

function planCall(call: ToolCall, { tools, isRepeated, isForcedEnd, isOver }: Standing): PlannedCall {
  if (isRepeated) return refused(call, "DUPLICATE_CALL_ID", "This call id was used before; nothing was done.");
  if (isForcedEnd) return refused(call, "TOOLS_WITHDRAWN", "No tools are left; answer.");
  if (isOver) return refused(call, "BUDGET_EXHAUSTED", "The run's tool calls are used up.");
  const tool = tools.find(({ name }) => name === call.tool);
  if (tool === undefined) return refused(call, "TOOL_UNKNOWN", `Offered are: ${namesOf(tools)}.`);
  if (call.malformed !== undefined) return refused(call, "MALFORMED_ARGUMENTS", expected(tool));
  const faults = argumentFaults(call.arguments, tool.inputSchema);
  return faults.length === 0 ? { call, tool } : { call, refusal: invalidArguments(call, faults) };
}

/** Typed, so that a model can correct exactly what is wrong. */
function invalidArguments(call: ToolCall, faults: readonly ArgumentFault[]): ToolResult {
  const code = "INVALID_ARGUMENTS";
  const text = JSON.stringify({ code, message: "Nothing was done: correct these arguments.", faults });
  return { callId: call.id, tool: call.tool, ok: false, code, text, evidence: [] };
}

/** The answer to a call that no tool gave. */
export function errorResult(call: ToolCall, code: string, message: string): ToolResult {
  const text = JSON.stringify({ code, message });
  return { callId: call.id, tool: call.tool, ok: false, code, text, evidence: [] };
}

function refused(call: ToolCall, code: string, message: string): PlannedCall {
  return { call, refusal: errorResult(call, code, message) };
}

function expected({ inputSchema }: OfferedTool): string {
  return `The arguments were not a JSON object. Expected: ${JSON.stringify(inputSchema).slice(0, 2_000)}`;
}

function namesOf(tools: readonly OfferedTool[]): string {
  return tools.map(({ name }) => name).join(", ");
}
