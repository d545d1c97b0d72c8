import {
  type Action,
  type Denial,
  deny,
  isTerminal,
  type Outcome,
  parseAction,
  remediationPhase,
  type SreRemediation,
} from "@sre-agent/crds";
import { answerProposal } from "../execute/answer-proposal.ts";
import { type ProposeDependencies, propose } from "../execute/propose.ts";
import { actionOf } from "../execute/receipt.ts";
import { readLive } from "../execute/resolve-target.ts";
import { hasLanded, markerOf, standsAsWritten } from "../plans/planner.ts";
import { type RemediationInput, readRemediation } from "./remediation-get.ts";
import type { ToolHandler } from "./tool.ts";

/** Outcomes whose change is still in the cluster. */
const KEPT: readonly Outcome[] = ["Succeeded", "NoEffect", "Contained"];

/**
 * Proposes the inverse that an ended remediation recorded, as a record of its own under the same guards: who undoes is
 * its proposer, and its approval is another person's.
 */
export function createRemediationUndo(dependencies: ProposeDependencies): ToolHandler<RemediationInput> {
  return async (input, context) => {
    const record = await readRemediation(dependencies.reader, input, context);
    if ("code" in record) return { ok: false, denial: record };
    const inverse = inverseOf(record);
    if ("code" in inverse) return { ok: false, denial: inverse };
    const changed = await changedSince(dependencies, record, context.signal);
    if (changed) return { ok: false, denial: changed };
    const { caller, local, correlationId, signal } = context;
    const undoes = { name: record.metadata.name, uid: record.metadata.uid };
    const proposal = await propose(dependencies, { action: inverse, undoes, caller, local, correlationId, signal });
    return answerProposal(dependencies, proposal, context);
  };
}

function inverseOf({ metadata, spec, status }: SreRemediation): Action | Denial {
  const phase = remediationPhase(status);
  const nothing = (why: string) => deny("NO_INVERSE", `Nothing is to undo: ${why}`, "Read it with remediation_get.");
  if (!isTerminal(phase)) return nothing(`${metadata.name} is ${phase} and has changed nothing for good.`);
  if (!KEPT.includes(phase)) return nothing(`${metadata.name} ended as ${phase}; its change is not in the cluster.`);
  if (!status?.inverse) return nothing(`${spec.summary} has no inverse.`);
  return parseAction(status.inverse);
}

/** STALE when the target is no longer what this very change made of it: the inverse would take away somebody's work. */
async function changedSince(
  { reader }: ProposeDependencies,
  record: SreRemediation,
  signal: AbortSignal,
): Promise<Denial | null> {
  const action = actionOf(record);
  const live = await readLive(reader, action.target, signal);
  if ("code" in live) return live;
  const ours = hasLanded(action, live.target, markerOf(record.metadata.name, "forward")) === "yes";
  if (ours && standsAsWritten(action, live, record.spec.premise)) return null;
  const { kind, name } = action.target;
  return deny("STALE", `${kind}/${name} was changed after ${record.metadata.name}.`);
}
