import { DENIALS } from "@sre-agent/crds";
import type { Metrics } from "@sre-agent/frame";
import type { CallRecord } from "../dispatch/call.ts";
import { CATALOG } from "../tools/catalog.ts";

const TOOLS = CATALOG.map(({ name }) => name);
const CODES = ["ok", ...Object.keys(DENIALS), "INTERNAL"];
const SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60];

/** Calls by tool and result, both from closed sets, and how long they took. */
export function countCalls(metrics: Metrics): (record: CallRecord) => void {
  const calls = metrics.counter({
    name: "sre_agent_mcp_tool_calls_total",
    help: "MCP tool calls, by tool and result code.",
    labels: { tool: TOOLS, code: CODES },
  });
  const durations = metrics.histogram({
    name: "sre_agent_mcp_tool_call_seconds",
    help: "Duration of MCP tool calls.",
    labels: { tool: TOOLS },
    buckets: SECONDS,
  });
  return ({ tool, code, seconds }) => {
    calls.increment({ tool, code });
    durations.observe({ tool }, seconds);
  };
}
