import { type Denial, isTerminal, isUnstarted, remediationPhase } from "@sre-agent/crds";
import type { Facts } from "../facts/facts.ts";
import { gatherFacts } from "../facts/gather.ts";
import { readApprovals } from "../facts/ledger.ts";
import { readRun } from "../facts/run.ts";
import { findApproval, rejection } from "../guards/approval-matches.ts";
import { endAsStale, overtaken } from "./overtaken.ts";
import { actionOf } from "./receipt.ts";
import { type StoredRemediation, writeStatus } from "./status.ts";
import { type ActDependencies, DONE, next, type Step, type Work } from "./step.ts";

/** What ended stays as it is. */
export const finished: Step = async (_dependencies, { record }) =>
  isTerminal(remediationPhase(record.status)) ? DONE : next(record);

export const initialised: Step = async (dependencies, { record }) =>
  record.status?.phase === undefined
    ? next(await writeStatus(dependencies, record, { phase: "Proposed" }))
    : next(record);

/** The run is gone, or decided otherwise. A write that has started goes on: it must be followed to its end. */
export const withdrawn: Step = async (dependencies, { record, signal }) => {
  const { runRef, action } = record.spec;
  if (!isUnstarted(remediationPhase(record.status)) || !runRef) return next(record);
  const { namespace } = action.target;
  const run = await readRun(dependencies.reader, { namespace, ...runRef }, signal);
  const decision = run?.status?.decision;
  if (run && decision !== "deny" && decision !== "manual") return next(record);
  const message = run ? `The investigation decided ${decision}.` : "The investigation was deleted.";
  await writeStatus(dependencies, record, { phase: "Withdrawn", message, denial: undefined });
  return DONE;
};

export const expired: Step = async (dependencies, { record }) => {
  if (!isUnstarted(remediationPhase(record.status))) return next(record);
  if (!isExpired(dependencies, record)) return next(record);
  await writeStatus(dependencies, record, {
    phase: "Expired",
    message: `Nobody approved by ${record.spec.expiresAt}.`,
  });
  return DONE;
};

export function isExpired({ clock }: ActDependencies, { spec }: StoredRemediation): boolean {
  return clock.now() >= Date.parse(spec.expiresAt);
}

/** A no beats every yes until one is consumed. */
export const rejected: Step = async (dependencies, { record, signal }) => {
  if (!isUnstarted(remediationPhase(record.status))) return next(record);
  const { name, namespace = record.spec.action.target.namespace } = record.metadata;
  const no = rejection(await readApprovals(dependencies.reader, { namespace, name }, signal), record);
  if (!no) return next(record);
  const reason = no.spec.reason ? `: ${no.spec.reason}` : ".";
  const message = `Rejected by ${no.spec.approver}${reason}`.slice(0, 2000);
  await writeStatus(dependencies, record, { phase: "Rejected", message, denial: undefined });
  return DONE;
};

/**
 * A valid approval lifts the record to Approved; a faulty one is told in the status and changes nothing else. A proposal
 * that was overtaken does not wait for one.
 */
export const approved: Step = async (dependencies, work) => {
  const { record } = work;
  if (record.status?.phase !== "Proposed" || record.spec.authority.mode !== "approve") return next(record);
  const facts = await factsAtExecution(dependencies, work);
  const changed = overtaken(record, facts);
  if (changed) return endAsStale(dependencies, record, changed);
  const found = findApproval(facts);
  if (!("code" in found))
    return next(await writeStatus(dependencies, record, { phase: "Approved", denial: undefined }));
  return next(found.code === "APPROVAL_MISSING" ? record : await noteDenial(dependencies, work, found));
};

/** Stores why it went no further, once for each reason. */
export async function noteDenial(dependencies: ActDependencies, { record }: Work, denial: Denial) {
  const { code, message } = record.status?.denial ?? {};
  if (code === denial.code && message === denial.message) return record;
  return writeStatus(dependencies, record, { denial: { ...denial, message: denial.message.slice(0, 2000) } });
}

/** Fresh facts about the record's action and everybody behind it. */
export async function factsAtExecution(dependencies: ActDependencies, { record, signal }: Work): Promise<Facts> {
  const { runRef, requester, undoes } = record.spec;
  const action = actionOf(record);
  const { namespace } = action.target;
  const facts = await gatherFacts(dependencies, {
    stage: "execute",
    action,
    nameIn: () => record.metadata.name,
    record,
    ...(undoes ? { undoes } : {}),
    ...(runRef ? { run: { namespace, ...runRef } } : {}),
    ...(requester ? { requester: { username: requester.user } } : {}),
    signal,
  });
  // Reads that were cut off by a stop are no facts to store a denial from.
  signal.throwIfAborted();
  return facts;
}
