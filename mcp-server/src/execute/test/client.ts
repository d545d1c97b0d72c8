import { createActHandlers } from "../../act.ts";
import type { Elicit } from "../../conversations.ts";
import type { ToolContext, ToolReply } from "../../tools/tool.ts";
import type { Incident } from "./incident.ts";

export interface ClientCall {
  readonly tool: string;
  readonly input: object;
  readonly caller?: string;
  /** On that person's own machine. */
  readonly local?: boolean;
  readonly elicit?: Elicit;
}

let calls = 0;

/** A call by a person's client, without a run; each is a request of its own. */
export async function callAsClient(incident: Incident, call: ClientCall): Promise<ToolReply> {
  const { tool, input, caller = "dave", local = false, elicit } = call;
  const handle = createActHandlers({ ...incident.dependencies, requestExecution: () => null })[tool];
  if (!handle) throw new Error(`no handler for ${tool}`);
  calls += 1;
  const context: ToolContext = {
    caller: { username: caller, groups: ["people"] },
    local,
    correlationId: `request-${calls}`,
    signal: new AbortController().signal,
    mayRead: async () => null,
    ...(elicit ? { elicit } : {}),
  };
  return handle(input as never, context);
}
