import { type Denial, type DenialCode, deny, durationMs, isUnstarted, remediationPhase } from "@sre-agent/crds";
import type { Facts } from "../facts/facts.ts";
import { readHistory } from "../facts/history.ts";
import { readRun } from "../facts/run.ts";
import type { Workload } from "../facts/workload.ts";
import { findApproval } from "../guards/approval-matches.ts";
import { effectiveMode } from "../guards/mode.ts";
import { guarded } from "../guards/pipeline.ts";
import type { Plan } from "../plans/plan.ts";
import { hasLanded, markerOf } from "../plans/planner.ts";
import { dryRun } from "./dry-run.ts";
import { endAsStale, replan, TARGET_GONE } from "./overtaken.ts";
import { actionOf } from "./receipt.ts";
import type { StatusChange, StoredRemediation } from "./status.ts";
import { writeStatus } from "./status.ts";
import { type ActDependencies, DONE, later, next, type Step, type StepResult, type Work } from "./step.ts";
import { factsAtExecution, isExpired, noteDenial } from "./unstarted.ts";
import { healthSubject } from "./verify.ts";
import { attemptsOf, liveTarget, MAX_ATTEMPTS, send, timestamp, writeAhead, written } from "./write.ts";

const DEFAULT_WITHIN = "5m";
/** How soon a record that waits is looked at again even when nothing was told about it. */
const WAIT_MS = 60_000;

/** Carries out what is approved and asked for, or what the mode `auto` asks for itself. */
export const executed: Step = async (dependencies, work) => {
  const { record } = work;
  if (!isUnstarted(remediationPhase(record.status))) return next(record);
  if (!(await isAskedFor(dependencies, work))) return waiting(dependencies, record);
  const facts = await factsAtExecution(dependencies, work);
  const target = facts.target.known ? facts.target.value : undefined;
  const plan = await preparedPlan(dependencies, work, facts);
  if ("code" in plan || !target) {
    return refuse(dependencies, work, "code" in plan ? plan : TARGET_GONE);
  }
  const change = await startOf(dependencies, work, { facts, plan, target });
  if ("code" in change) return refuse(dependencies, work, change);
  const started = await writeAhead(dependencies, record, { direction: "forward", change });
  return send(dependencies, started, { plan, direction: "forward", signal: work.signal });
};

/** Mode says what may happen, decision what is right: in `auto` only what its run decided for is started, whoever asks. */
async function isAskedFor({ reader }: ActDependencies, { record, requested, signal }: Work): Promise<boolean> {
  const { authority, runRef, action, approvalDigest } = record.spec;
  // Nobody repeats a request for a client without a run: there the approval is what asks.
  if (authority.mode !== "auto") return record.status?.phase === "Approved" && (requested || !runRef);
  if (!runRef) return true;
  const run = await readRun(reader, { namespace: action.target.namespace, ...runRef }, signal);
  const { decision, remediationRef } = run?.status ?? {};
  return (
    decision === "approve" && remediationRef?.name === record.metadata.name && remediationRef.digest === approvalDigest
  );
}

function waiting({ clock }: ActDependencies, { spec }: StoredRemediation): StepResult {
  const untilExpiryMs = Math.max(0, Date.parse(spec.expiresAt) - clock.now());
  return later(Math.min(WAIT_MS, untilExpiryMs), "waits for approval or execution");
}

/** Guards on fresh facts, the plan anew, its premise as on record, and a clean dry run: in that order. */
async function preparedPlan(
  dependencies: ActDependencies,
  { record, signal }: Work,
  facts: Facts,
): Promise<Plan | Denial> {
  if (!facts.target.known && facts.target.gone) return TARGET_GONE;
  if (!record.spec.dryRun.clean)
    return deny("DRY_RUN_REFUSED", record.spec.dryRun.message ?? "The dry run was refused.");
  const action = actionOf(record);
  const denial = guarded(action, facts);
  if (denial) return denial;
  if (!facts.target.known || !facts.history.known) return deny("FACTS_UNAVAILABLE", "The target could not be read.");
  const plan = replan(record, { target: facts.target.value, ...facts.history.value });
  if ("code" in plan) return plan;
  return (await dryRun(dependencies.previewer, { plan, target: facts.target.value }, signal)) ?? plan;
}

const STALE_CODES: readonly DenialCode[] = ["STALE", "ACTION_CHANGED", "POLICY_CHANGED", "DRY_RUN_DIFFERS"];

/** What can never come right ends the record; everything else is told and may be asked for again. */
async function refuse(dependencies: ActDependencies, work: Work, denial: Denial): Promise<StepResult> {
  if (STALE_CODES.includes(denial.code)) {
    return endAsStale(dependencies, work.record, denial);
  }
  return waiting(dependencies, await noteDenial(dependencies, work, denial));
}

interface Start {
  readonly facts: Facts;
  readonly plan: Plan;
  readonly target: Workload;
}

/** What the write-ahead stores: the consumed approval, the way back, and how the target was before. */
async function startOf(dependencies: ActDependencies, work: Work, start: Start): Promise<StatusChange | Denial> {
  const { facts, plan } = start;
  const { record, signal } = work;
  const approval = effectiveMode(actionOf(record), facts) === "auto" ? undefined : findApproval(facts);
  if (approval && "code" in approval) return approval;
  const subject = healthSubject(record.spec.action.target, plan.preImage);
  const before = { ...(await dependencies.measure(subject, signal)), at: timestamp(dependencies) };
  return {
    phase: "Executing",
    ...(approval
      ? { approvalRef: { name: approval.metadata.name, uid: approval.metadata.uid, approver: approval.spec.approver } }
      : {}),
    preImage: plan.preImage,
    inverse: plan.inverse,
    verification: { before, deadline: timestamp(dependencies, withinMs(record, facts)) },
    message: undefined,
  };
}

function withinMs({ spec }: StoredRemediation, { actions }: Facts): number {
  const action = actions.known && actions.value.find(({ metadata }) => metadata.name === spec.authority.actionRef.name);
  return durationMs(action ? action.spec.verify.within : DEFAULT_WITHIN);
}

/**
 * After a crash: what became of the write is read from the target, and a write that left no trace is tried once more,
 * if everything that allowed it then allows it still.
 */
export const resumed: Step = async (dependencies, work) => {
  const { record, signal } = work;
  if (record.status?.phase !== "Executing") return next(record);
  const target = await liveTarget(dependencies, record, signal);
  const landed = hasLanded(actionOf(record), target, markerOf(record.metadata.name, "forward"));
  if (landed === "yes") return written(dependencies, record, "forward");
  const history = await readHistory(dependencies.reader, record.spec.action.target, signal);
  const standing = target && replan(record, { target, ...history });
  if (landed === "unknown" || !standing || "code" in standing) return unknown(dependencies, record);
  return again(dependencies, work, target);
};

async function again(dependencies: ActDependencies, work: Work, target: Workload): Promise<StepResult> {
  const { record, signal } = work;
  if (attemptsOf(record, "forward").length >= MAX_ATTEMPTS || isExpired(dependencies, record)) {
    return gaveUp(dependencies, record);
  }
  const facts = await factsAtExecution(dependencies, work);
  const plan = await preparedPlan(dependencies, work, facts);
  if ("code" in plan) return noMore(dependencies, record, plan);
  const change = await startOf(dependencies, work, { facts, plan, target });
  if ("code" in change) return noMore(dependencies, record, change);
  const ahead = await writeAhead(dependencies, record, { direction: "forward", change });
  return send(dependencies, ahead, { plan, direction: "forward", signal });
}

async function unknown(dependencies: ActDependencies, record: StoredRemediation): Promise<StepResult> {
  const message = "The target changed while the write was under way, and does not carry our mark.";
  await writeStatus(dependencies, record, { phase: "Unknown", message });
  return DONE;
}

/** What could not be read is waited for; what is refused ends it. */
async function noMore(dependencies: ActDependencies, record: StoredRemediation, denial: Denial): Promise<StepResult> {
  if (denial.code === "FACTS_UNAVAILABLE") return waiting(dependencies, record);
  return gaveUp(dependencies, record, denial);
}

async function gaveUp(dependencies: ActDependencies, record: StoredRemediation, denial?: Denial): Promise<StepResult> {
  const why = denial === undefined ? "" : ` It was not tried again: ${denial.message}`;
  const message = `The write did not go through; nothing changed.${why}`.slice(0, 2000);
  await writeStatus(dependencies, record, {
    phase: "Failed",
    message,
    ...(denial ? { denial: { ...denial, message: denial.message.slice(0, 2000) } } : {}),
  });
  return DONE;
}
