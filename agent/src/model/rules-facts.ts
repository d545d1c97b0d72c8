import {
  ACTIONS,
  type ActionType,
  actionOfTool,
  type DecideRequest,
  type Fix,
  type Subject,
  type ToolResult,
} from "@sre-agent/crds";
import { allResults, type RunState } from "../loop/run-state.ts";
import { type CitableFinding, diagnosed } from "../report/collected.ts";
import type { OfferedTool } from "../tools/tool-client.ts";

type Action = Extract<Fix, { kind: "action" }>["action"];

/** What the decision table looks at. */
export interface RulesFacts {
  readonly request: DecideRequest;
  readonly diagnosis: ToolResult | undefined;
  /** Every finding of the diagnosis could be read. */
  readonly complete: boolean;
  /** The worst finding about the target; info alone is no fault. */
  readonly fault: CitableFinding | undefined;
  readonly findings: readonly CitableFinding[];
  /** Present when the fault has a typed fix that this run may propose with an offered tool. */
  readonly proposable: { readonly action: Action; readonly tool: OfferedTool } | undefined;
  /** The object that would be changed, as it is now. */
  readonly confirmation: ToolResult | undefined;
  /** Whether anything but the diagnosis was asked for. */
  readonly looked: boolean;
  /** What was read beside the diagnosis. */
  readonly reads: readonly ToolResult[];
  readonly proposal: ToolResult | undefined;
}

export function rulesFacts(state: RunState, request: DecideRequest, tools: readonly OfferedTool[]): RulesFacts {
  const results = allResults(state);
  const others = results.filter(({ tool }) => tool !== "diagnose" && actionOfTool(tool) === undefined);
  const { findings, complete } = diagnosed(state);
  const faults = findings.filter(({ severity }) => severity !== "info");
  const fault = faults.find((finding) => concerns(finding, request));
  return {
    ...{ request, complete },
    diagnosis: results.findLast(({ tool }) => tool === "diagnose"),
    fault,
    findings: faults,
    proposable: fault === faults[0] ? proposable(fault, request, tools) : undefined,
    looked: others.length > 0,
    reads: others.filter(({ ok }) => ok),
    confirmation: results.findLast(({ tool }) => tool === "resource_get"),
    proposal: results.findLast(({ tool }) => actionOfTool(tool) !== undefined),
  };
}

/** Whether a finding is about the target, or explains why the target looks broken. */
function concerns({ subject, explains, namespace }: CitableFinding, { context }: DecideRequest): boolean {
  const { target } = context;
  if (target.name === undefined) return namespace === target.namespace || subject.namespace === target.namespace;
  const isTarget = (other: Subject) =>
    other.kind === target.kind &&
    other.name === target.name &&
    (other.namespace === undefined || other.namespace === target.namespace);
  return isTarget(subject) || explains.some((explained) => isTarget(explained.subject));
}

function proposable(
  finding: CitableFinding | undefined,
  { actionRef, actionRefs }: DecideRequest,
  tools: readonly OfferedTool[],
): RulesFacts["proposable"] {
  const allowed = (actionRefs ?? []).length > 0 || actionRef !== undefined;
  if (!allowed || finding?.fix?.kind !== "action") return undefined;
  const { action } = finding.fix;
  const tool = tools.find(({ name }) => name === toolOf(action.type));
  return tool === undefined ? undefined : { action, tool };
}

function toolOf(type: ActionType): string {
  return ACTIONS[type].tool;
}
