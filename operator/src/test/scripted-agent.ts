import type { DecideRequest, DecideStep, ExecuteRequest, JournalEntry, Receipt, Report } from "@sre-agent/crds";
import type { AgentClient } from "../agent/client.ts";

const at = "2026-01-01T00:00:00.000Z";

export const REPORT: Report = {
  decision: "deny",
  rationale: "The workload recovered by itself.",
  rootCause: "A slow start.",
  findings: [],
  claims: [{ text: "All pods are ready.", evidence: ["ev-1"] }],
  gaps: [],
  confidence: "high",
  usage: { backend: "script", steps: 1, toolCalls: 1, inputTokens: 10, outputTokens: 5, durationMs: 1 },
};

/** Four durable steps: begun, a turn with one call, its result, the report. */
function scriptOf(report: Report): readonly JournalEntry[] {
  const call = { id: "call-1", tool: "diagnose", arguments: { namespace: "shop" } };
  const result = { callId: "call-1", tool: "diagnose", ok: true, text: "web is down", evidence: ["ev-1"] };
  const usage = { inputTokens: 10, outputTokens: 5 };
  return [
    { seq: 0, at, kind: "begun", backend: "script", budget: {}, prefix: "p", mark: "m4rk", question: "What is wrong?" },
    { seq: 1, at, kind: "turn", text: "Looking.", calls: [call], usage },
    { seq: 2, at, kind: "results", results: [{ ...result, structured: { findings: [{}] } }] },
    { seq: 3, at, kind: "ended", report },
  ];
}

export interface ScriptedAgent extends AgentClient {
  readonly decisions: DecideRequest[];
  readonly executions: ExecuteRequest[];
  /** Thrown by the next calls, first first, instead of an answer. */
  readonly failures: Error[];
  report: Report;
  onExecute: (request: ExecuteRequest) => void;
}

/** Plays the script: the journal that it is given says which step is next. */
export function createScriptedAgent(): ScriptedAgent {
  const agent: ScriptedAgent = {
    decisions: [],
    executions: [],
    failures: [],
    report: REPORT,
    onExecute: () => undefined,
    decide: async (request): Promise<DecideStep> => {
      agent.decisions.push(structuredClone(request));
      const failure = agent.failures.shift();
      if (failure !== undefined) throw failure;
      const script = scriptOf(agent.report);
      const position = request.journal?.length ?? 0;
      const entry = script[position];
      if (entry === undefined) throw new Error("the script is over");
      const more = position < script.length - 1;
      return { entries: [entry], continue: more, ...(more ? {} : { report: agent.report }) };
    },
    execute: async (request): Promise<Receipt> => {
      agent.executions.push(request);
      agent.onExecute(request);
      return {
        ...request.remediationRef,
        digest: request.digest,
        phase: "Executing",
        summary: "",
        diff: "",
        mode: "approve",
        expiresAt: at,
      };
    },
  };
  return agent;
}
