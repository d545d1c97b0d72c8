import {
  APPROVAL_LIFETIME_MINUTES,
  DENIALS,
  type Denial,
  findCondition,
  isStarted,
  isTerminal,
  isUnstarted,
  OUTCOMES,
  type Outcome,
  remediationPhase,
  type SreRemediation,
} from "@sre-agent/crds";
import { announce } from "./announce.ts";
import { askAgain } from "./ask-again.ts";
import { readRemediation } from "./remediation.ts";
import { type StatusChange, unstalled, writeStatus } from "./status.ts";
import {
  DONE,
  type InvestigationDependencies,
  later,
  logContext,
  type Run,
  type Step,
  type StepResult,
  type Work,
} from "./step.ts";

/** Changes of the record wake the run; this is for what no watch tells. */
const LOOK_AGAIN_MS = 30_000;
const FIRST_NUDGE_MS = 1_000;
const MAX_NUDGE_MS = 60_000;
/** The act server answers a nudge within a second or names a denial that stays for a while. */
const NUDGE_SHARE = 10;

type Conditions = NonNullable<StatusChange["conditions"]>;

/** Follows the recorded change until its outcome is the run's outcome. */
export const follow: Step = async (dependencies, { run, signal }) => {
  const reference = run.status?.remediationRef;
  if (reference === undefined) return end(dependencies, run, { outcome: "Unknown" });
  const record = await readRemediation(dependencies, run, { name: reference.name, signal });
  if (record === undefined) return end(dependencies, run, { outcome: isUnderWay(run) ? "Unknown" : "Withdrawn" });
  const phase = remediationPhase(record.status);
  const current = await showPhase(dependencies, run, record);
  if (isTerminal(phase)) return end(dependencies, current, { outcome: phase, record });
  return nudge(dependencies, { run: current, signal }, record);
};

function isUnderWay({ status }: Run): boolean {
  const phase = status?.remediationRef?.phase;
  return phase !== undefined && isStarted(phase);
}

/** The record's phase in the run's status, and whose turn it is. */
function showPhase(dependencies: InvestigationDependencies, run: Run, record: SreRemediation): Promise<Run> {
  const reference = run.status?.remediationRef;
  if (reference === undefined) return Promise.resolve(run);
  const phase = remediationPhase(record.status);
  return writeStatus(dependencies, run, {
    conditions: [...turnOf(run, record), ...holdOf(run, record)],
    set: { remediationRef: { ...reference, phase } },
  });
}

function turnOf({ status }: Run, record: SreRemediation): Conditions {
  const phase = remediationPhase(record.status);
  const message = standingOf(record);
  const complete = findCondition(status?.conditions, "Complete");
  if (phase === "Approved" || isStarted(phase)) {
    return [
      { type: "Approved", status: "True", reason: "Allowed", message: "The recorded change may be made." },
      { type: "Executed", status: "False", reason: "Executing", message },
      { type: "Complete", status: "False", reason: "Executing", message },
    ];
  }
  if (heldBy(record) === undefined || complete === undefined) return [];
  return [{ type: "Complete", status: "False", reason: complete.reason, message }];
}

/** Why the act server holds the change back; undefined while it does not, or once it has begun. */
function heldBy({ status }: SreRemediation): Denial | undefined {
  return isUnstarted(remediationPhase(status)) ? status?.denial : undefined;
}

function standingOf(record: SreRemediation): string {
  const [phase, denial] = [remediationPhase(record.status), heldBy(record)];
  if (denial === undefined) return `The change is ${phase}.`;
  return `The change is ${phase} and held back: ${denial.code}: ${denial.message} ${denial.next}`;
}

function holdOf(run: Run, record: SreRemediation): Conditions {
  const denial = heldBy(record);
  if (denial !== undefined) {
    return [{ type: "Stalled", status: "True", reason: denial.code, message: standingOf(record) }];
  }
  const reason = findCondition(run.status?.conditions, "Stalled")?.reason ?? "";
  return Object.hasOwn(DENIALS, reason) ? unstalled(run) : [];
}

/** Asks the act server to look at the record, when there is something to look at. What may happen is its decision. */
async function nudge(
  dependencies: InvestigationDependencies,
  { run, signal }: Work,
  record: SreRemediation,
): Promise<StepResult> {
  const waitedSinceMs = waitingSince(dependencies, record);
  if (waitedSinceMs === undefined) return later(LOOK_AGAIN_MS, "Waiting");
  const { agent, clock } = dependencies;
  const { name, namespace = "" } = record.metadata;
  await agent.execute(
    {
      remediationRef: { namespace, name },
      digest: record.spec.approvalDigest,
      correlationId: run.metadata.uid,
    },
    signal,
  );
  if (heldBy(record) === undefined) await writeStatus(dependencies, run, { conditions: unstalled(run) });
  const waitedMs = Math.max(0, clock.now() - waitedSinceMs);
  return later(Math.min(Math.max(waitedMs / NUDGE_SHARE, FIRST_NUDGE_MS), MAX_NUDGE_MS), "Executing");
}

/** Since when the act server could go on, ms since the epoch; undefined while it is a person's turn, or works already. */
function waitingSince(
  { approvals, clock }: InvestigationDependencies,
  { metadata, spec, status }: SreRemediation,
): number | undefined {
  const phase = remediationPhase(status);
  if (isStarted(phase)) return undefined;
  const createdMs = Date.parse(metadata.creationTimestamp);
  if (phase === "Proposed" && spec.authority.mode === "auto") return createdMs;
  const oldestMs = clock.now() - APPROVAL_LIFETIME_MINUTES * 60_000;
  const given = approvals
    .list()
    .filter(({ namespace, remediation }) => namespace === metadata.namespace && remediation === metadata.name)
    .map(({ createdAtMs }) => createdAtMs)
    .filter((createdAtMs) => createdAtMs > oldestMs);
  if (given.length > 0) return Math.max(...given);
  return phase === "Approved" ? createdMs : undefined;
}

/** Outcomes without a write: nobody is told that something was executed. */
const NOT_EXECUTED: ReadonlySet<Outcome> = new Set(["Rejected", "Expired", "Stale", "Withdrawn"]);

/** Outcomes after which nothing was done and nobody decided that nothing should be. */
const OPEN_ENDED: ReadonlySet<Outcome> = new Set(["Stale", "Expired"]);

function nextStepAfter(outcome: Outcome, run: Run): string {
  if (!OPEN_ENDED.has(outcome)) return "";
  const byItself = outcome === "Stale" && run.spec.triggerRef !== undefined;
  return byItself ? `It is planned anew after the trigger's cooldown. ${askAgain(run)}` : askAgain(run);
}

interface End {
  readonly outcome: Outcome;
  /** Absent when it is gone. */
  readonly record?: SreRemediation;
}

async function end(dependencies: InvestigationDependencies, run: Run, { outcome, record }: End): Promise<StepResult> {
  const message = [`${outcome}: ${OUTCOMES[outcome]}`, record?.status?.message, nextStepAfter(outcome, run)]
    .filter((sentence) => sentence !== undefined && sentence !== "")
    .join(" ");
  const executed = !NOT_EXECUTED.has(outcome);
  const ended = await writeStatus(dependencies, run, {
    conditions: [
      ...unstalled(run),
      executed
        ? { type: "Executed" as const, status: "True" as const, reason: outcome, message }
        : { type: "Approved" as const, status: "False" as const, reason: outcome, message },
      { type: "Complete", status: "True", reason: outcome, message },
    ],
    set: { outcome, completedAt: new Date(dependencies.clock.now()).toISOString() },
  });
  dependencies.logger.info("investigation ended", { ...logContext(ended), outcome });
  const [type, reason] = [outcome === "Succeeded" ? "Normal" : "Warning", executed ? "Executed" : outcome] as const;
  await announce(dependencies, ended, { type, reason, action: "Execute", note: message });
  return DONE;
}
