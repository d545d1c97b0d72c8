import { isDeepStrictEqual } from "node:util";
import type { DecideRequest, ToolCall } from "@sre-agent/crds";

/** The tool that runs the deterministic analyzers. */
export const DIAGNOSE = "diagnose";

/** The call that looks at the target of a run, or at its namespace when no object is named. */
export function diagnoseTarget(id: string, { context }: DecideRequest): ToolCall {
  const { kind, name, namespace } = context.target;
  return { id, tool: DIAGNOSE, arguments: name === undefined ? { namespace } : { namespace, kind, name } };
}

/** Whether a call is the one above, whoever made it. */
export function isAboutTarget(call: ToolCall, request: DecideRequest): boolean {
  return isDeepStrictEqual({ ...call }, { ...diagnoseTarget(call.id, request) });
}
