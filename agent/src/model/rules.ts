import type { ToolCall } from "@sre-agent/crds";
import { diagnoseTarget } from "../loop/diagnose-target.ts";
import { stateOf } from "../loop/run-state.ts";
import type { OfferedTool } from "../tools/tool-client.ts";
import type { ModelClient, ModelTurn, TurnInput } from "./model-client.ts";
import { rulesDraft } from "./rules-draft.ts";
import { type RulesFacts, rulesFacts } from "./rules-facts.ts";

/**
 * A backend without a model: a decision table over structured results. Diagnose; when the worst finding concerns the
 * target and has an allowed typed fix, confirm it with one read and propose it; then answer. Equal input, equal turns.
 */
export function createRules(): ModelClient {
  return { name: "rules", turn: async (input) => turnOf(input) };
}

function turnOf({ journal, request, tools, toolChoice }: TurnInput): ModelTurn {
  const state = stateOf(journal);
  const facts = rulesFacts(state, request, tools);
  const wanted = toolChoice === "none" ? undefined : nextCall(facts);
  const tool = tools.find(({ name }) => name === wanted?.tool);
  const usage = { inputTokens: 0, outputTokens: 0 };
  if (wanted === undefined || tool === undefined) return { calls: [], report: rulesDraft(facts), usage };
  const call = { id: `rules-${state.turns.length + 1}`, tool: tool.name, arguments: accepted(wanted.arguments, tool) };
  return { calls: [call], usage };
}

type Wanted = Pick<ToolCall, "tool" | "arguments">;

function nextCall(facts: RulesFacts): Wanted | undefined {
  const { diagnosis, proposable, confirmation, proposal } = facts;
  if (diagnosis === undefined) return diagnoseTarget("", facts.request);
  if (proposable === undefined || proposal !== undefined) return undefined;
  if (confirmation === undefined) return confirm(proposable.action);
  return confirmation.ok ? propose(facts, proposable) : undefined;
}

function confirm({ target: { kind, name, namespace } }: NonNullable<RulesFacts["proposable"]>["action"]): Wanted {
  return { tool: "resource_get", arguments: { kind, name, namespace } };
}

function propose({ fault, confirmation }: RulesFacts, { action, tool }: NonNullable<RulesFacts["proposable"]>): Wanted {
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
      evidence: [...cited, ...(confirmation?.evidence ?? [])].slice(0, 20),
    },
  };
}

/** Servers refuse arguments they do not know, so only declared ones are sent. */
function accepted(given: ToolCall["arguments"], { inputSchema }: OfferedTool): ToolCall["arguments"] {
  const declared = Object.keys(Object(inputSchema["properties"]));
  return Object.fromEntries(Object.entries(given).filter(([name]) => declared.includes(name)));
}
