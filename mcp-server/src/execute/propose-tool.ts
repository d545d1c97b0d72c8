import {
  ACTIONS,
  type Action,
  type ActionType,
  type Denial,
  deny,
  type RunReference,
  type Target,
} from "@sre-agent/crds";
import type { Live } from "../plans/plan.ts";
import type { ToolContext, ToolHandler } from "../tools/tool.ts";
import { answerProposal } from "./answer-proposal.ts";
import { previewWithoutKinds, servesLedger } from "./missing-kinds.ts";
import { type ProposalRequest, type ProposeDependencies, propose } from "./propose.ts";
import { readLive, targetOf } from "./resolve-target.ts";

/** What every proposal tool is given, whatever its action. */
export interface ProposalInput {
  /** Absent: the run's namespace. */
  readonly namespace?: string | undefined;
  /** Absent: Deployment, or Pod for an eviction. */
  readonly kind?: string | undefined;
  readonly name: string;
  readonly reason?: string | undefined;
  readonly evidence?: readonly string[] | undefined;
}

export interface ProposalTool<Input extends ProposalInput> {
  readonly type: ActionType;
  readonly dependencies: ProposeDependencies;
  /** The typed action that the arguments mean for the live target. */
  readonly actionOf: (input: Input, target: Target, live: Live) => Action | Denial;
}

/** A tool that proposes one type of action. Writes nothing but the ledger record. */
export function createProposalTool<Input extends ProposalInput>(tool: ProposalTool<Input>): ToolHandler<Input> {
  return async (input, context) => {
    const found = await resolve(tool, input, context);
    if ("code" in found) return { ok: false, denial: found };
    const { dependencies } = tool;
    if (!(await servesLedger(dependencies.reader, context.signal))) {
      const denial = await previewWithoutKinds(dependencies.previewer, { ...found, signal: context.signal });
      return { ok: false, denial };
    }
    const proposal = await propose(dependencies, requestOf(found.action, input, context));
    return answerProposal(dependencies, proposal, context);
  };
}

function requestOf(action: Action, { reason, evidence }: ProposalInput, context: ToolContext): ProposalRequest {
  const { run, caller, local, correlationId, signal } = context;
  return {
    ...{ action, caller, local, correlationId, signal },
    ...(run ? { run: run.reference } : {}),
    ...(reason === undefined ? {} : { reason }),
    ...(evidence === undefined ? {} : { evidence }),
  };
}

async function resolve<Input extends ProposalInput>(
  { type, dependencies, actionOf }: ProposalTool<Input>,
  input: Input,
  context: ToolContext,
): Promise<{ readonly action: Action; readonly live: Live } | Denial> {
  const { apiVersion, writes } = ACTIONS[type];
  const [usual = ""] = Object.keys(writes);
  const kind = input.kind ?? usual;
  if (!Object.hasOwn(writes, kind)) return deny("SCHEMA_INVALID", `kind: ${type} does not exist for a ${kind}.`);
  const namespace = namespaceOf(input, context.run?.reference);
  if (typeof namespace !== "string") return namespace;
  const forbidden = await context.mayRead({ kind: { apiVersion, kind }, namespace });
  if (forbidden) return forbidden;
  const named = { apiVersion, kind, namespace, name: input.name };
  const live = await readLive(dependencies.reader, named, context.signal);
  if ("code" in live) return live;
  const action = actionOf(input, targetOf(named, live), live);
  return "code" in action ? action : { action, live };
}

/** A run acts in its own namespace alone, whatever a model asks for. */
function namespaceOf({ namespace }: ProposalInput, run: RunReference | undefined): string | Denial {
  if (!run) return namespace ?? deny("SCHEMA_INVALID", "namespace is needed outside of an investigation.");
  if (namespace === undefined || namespace === run.namespace) return run.namespace;
  return deny("ACTION_NOT_ALLOWED", `The investigation acts in namespace ${run.namespace} alone, not in ${namespace}.`);
}
