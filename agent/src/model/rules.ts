import type { ToolCall } from "@sre-agent/crds";
import { diagnoseTarget } from "../loop/diagnose-target.ts";
import { stateOf } from "../loop/run-state.ts";
import type { CitableFinding } from "../report/collected.ts";
import type { OfferedTool } from "../tools/tool-client.ts";
import type { ModelClient, ModelTurn, TurnInput } from "./model-client.ts";
import { rulesDraft } from "./rules-draft.ts";
import { type RulesFacts, rulesFacts } from "./rules-facts.ts";

/**
 * A backend without a model: a decision table over structured results. Diagnose; look at what came before and at the
 * object that would be changed; propose the worst finding's typed fix when it concerns the target and is allowed; then
 * answer. Tools that are not listed are not called. Equal input, equal turns.
 */
export function createRules(): ModelClient {
  return { name: "rules", turn: async (input) => turnOf(input) };
}

function turnOf({ journal, request, tools, toolChoice }: TurnInput): ModelTurn {
  const state = stateOf(journal);
  const facts = rulesFacts(state, request, tools);
  const wanted = toolChoice === "none" ? [] : nextCalls(facts, tools);
  const calls = wanted.map((call, index) => ({ ...call, id: `rules-${state.turns.length + 1}-${index + 1}` }));
  const usage = { inputTokens: 0, outputTokens: 0 };
  return calls.length === 0 ? { calls, report: rulesDraft(facts), usage } : { calls, usage };
}

type Wanted = Pick<ToolCall, "tool" | "arguments">;

function nextCalls(facts: RulesFacts, tools: readonly OfferedTool[]): readonly Wanted[] {
  const { diagnosis, fault, proposable, confirmation, proposal, looked } = facts;
  const listed = (wanted: readonly Wanted[]) => wanted.flatMap((each) => acceptedCall(each, tools));
  if (diagnosis === undefined) return listed([diagnoseTarget("", facts.request)]);
  if (fault === undefined) return [];
  if (!looked) {
    const reads = listed([...(proposable ? [confirm(proposable.action)] : []), ...surroundings(fault)]);
    if (reads.length > 0) return reads;
  }
  if (proposable === undefined || proposal !== undefined || confirmation?.ok !== true) return [];
  return listed([propose(facts, proposable)]);
}

function confirm({ target: { kind, name, namespace } }: NonNullable<RulesFacts["proposable"]>["action"]): Wanted {
  return { tool: "resource_get", arguments: { kind, name, namespace } };
}

const CHANGES_SINCE = "24h";

/** What came before the fault, and what its container said, unless the analyzers have shown it already. */
function surroundings({ subject, namespace, evidence, explains, change }: CitableFinding): readonly Wanted[] {
  const { kind, name } = subject;
  const pod = [subject, ...explains.map((each) => each.subject)].find((each) => each.kind === "Pod")?.name;
  const hasLog = evidence.some(({ path }) => path.startsWith("log["));
  return [
    ...(change === undefined
      ? [{ tool: "changes_recent", arguments: { namespace, kind, name, since: CHANGES_SINCE } }]
      : [{ tool: "events_timeline", arguments: { namespace, kind, name } }]),
    ...(pod === undefined || hasLog ? [] : [{ tool: "pod_logs", arguments: { namespace, pod } }]),
  ];
}

function propose({ fault, reads }: RulesFacts, { action, tool }: NonNullable<RulesFacts["proposable"]>): Wanted {
  const { kind, name, namespace } = action.target;
  const { toRevision, replicas } = action.parameters;
  const cited = fault === undefined ? [] : [fault.evidenceId];
  return {
    tool: tool.name,
    arguments: {
      ...{ kind, name, namespace },
      ...(toRevision === undefined ? {} : { toRevision }),
      ...(replicas === undefined ? {} : { replicas }),
      reason: fault?.cause ?? "",
      evidence: [...cited, ...reads.flatMap(({ evidence }) => evidence)].slice(0, 20),
    },
  };
}

/** The call, when its tool is listed. Servers refuse arguments they do not know, so only declared ones are sent. */
function acceptedCall({ tool, arguments: given }: Wanted, tools: readonly OfferedTool[]): readonly Wanted[] {
  const offered = tools.find(({ name }) => name === tool);
  if (offered === undefined) return [];
  const declared = Object.keys(Object(offered.inputSchema["properties"]));
  return [{ tool, arguments: Object.fromEntries(Object.entries(given).filter(([name]) => declared.includes(name))) }];
}
