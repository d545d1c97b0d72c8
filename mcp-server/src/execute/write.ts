import { type Denial, type DenialCode, deny, type RemediationAttempt, reaches } from "@sre-agent/crds";
import { isKubeError, type KubeError, type KubeErrorCode, type ObjectRef } from "@sre-agent/kube";
import { readPolicy } from "../facts/policy.ts";
import { readTarget } from "../facts/target.ts";
import type { Workload } from "../facts/workload.ts";
import { policyChanged } from "../guards/mode-allows.ts";
import type { Plan } from "../plans/plan.ts";
import { type Direction, hasLanded, markerOf } from "../plans/planner.ts";
import { actionOf } from "./receipt.ts";
import { auditSubject, type StatusChange, type StoredRemediation, writeStatus } from "./status.ts";
import { type ActDependencies, DONE, next, type StepResult } from "./step.ts";

/**
 * The write path, forward and inverse. Its order is what makes a crash at any await lose and double nothing:
 *
 * 1. write-ahead: the record says Executing and consumes the approval, by compare-and-swap, before anything is sent.
 *    Of two executors one gets CONFLICT; after a crash the record says that something may have been sent.
 * 2. audit intent: stored before the write, after the write-ahead, so that a write without an intent cannot exist and
 *    a lost race leaves none behind. A crash after it leaves an intent without a write, which is harmless.
 * 3. kill switch: the SrePolicy, read from the API server as the very last thing before the socket; whoever changed it
 *    sees no later write.
 * 4. the write, whose `test` operations refuse a target that changed since the plan was made.
 * 5. the outcome of the attempt. A crash before it is settled by looking whether the write is there (`hasLanded`).
 */
export interface WriteOrder {
  readonly plan: Plan;
  readonly direction: Direction;
  readonly signal: AbortSignal;
}

/** How often a write of one direction is tried: once, and once more after a crash that left no trace of it. */
export const MAX_ATTEMPTS = 2;

export function attemptsOf({ status }: StoredRemediation, direction: Direction): readonly RemediationAttempt[] {
  return (status?.attempts ?? []).filter((attempt) => attempt.direction === direction);
}

/** Step 1: stores that an attempt is about to be made. */
export function writeAhead(
  dependencies: ActDependencies,
  record: StoredRemediation,
  { direction, change }: { readonly direction: Direction; readonly change: StatusChange },
): Promise<StoredRemediation> {
  const attempts = record.status?.attempts ?? [];
  const startedAt = timestamp(dependencies);
  const attempt = { number: attempts.length + 1, direction, startedAt };
  return writeStatus(dependencies, record, { ...change, denial: undefined, attempts: [...attempts, attempt] });
}

/** Steps 2 to 5. Throws when it cannot be told what became of the write; the next pass then looks. */
export async function send(
  dependencies: ActDependencies,
  record: StoredRemediation,
  order: WriteOrder,
): Promise<StepResult> {
  const gate = (await auditIntent(dependencies, record, order)) ?? (await killSwitch(dependencies, record, order));
  if (gate) return refused(dependencies, record, { order, denial: gate });
  try {
    await carryOut(dependencies, record, order);
  } catch (error) {
    return afterError(dependencies, record, { order, error });
  }
  return written(dependencies, record, order.direction);
}

async function auditIntent(
  { audit }: ActDependencies,
  record: StoredRemediation,
  { direction, signal }: WriteOrder,
): Promise<Denial | null> {
  try {
    await audit.append({
      ...auditSubject(record),
      kind: "intent",
      ...(direction === "inverse" ? { code: "inverse" } : {}),
    });
    return null;
  } catch (error) {
    signal.throwIfAborted();
    return deny("AUDIT_UNAVAILABLE", `The intent could not be recorded: ${messageOf(error)}`);
  }
}

async function killSwitch(
  { reader }: ActDependencies,
  record: StoredRemediation,
  { direction, signal }: WriteOrder,
): Promise<Denial | null> {
  try {
    const policy = await readPolicy(reader, signal);
    if (!policy || !reaches(policy.spec.mode, "approve")) {
      return deny("KILLED", `SrePolicy: ${policy?.spec.mode ?? "none"}.`);
    }
    // The way back is safer than standing still: of a policy that changed since only `off` and its like stop it.
    return direction === "forward" ? policyChanged(record, policy) : null;
  } catch (error) {
    // Being stopped is no refusal: the next leader looks and goes on.
    signal.throwIfAborted();
    return deny("KILLED", `The SrePolicy could not be read: ${messageOf(error)}`);
  }
}

async function carryOut({ writer }: ActDependencies, record: StoredRemediation, { plan, signal }: WriteOrder) {
  const { apiVersion, kind, namespace, name } = record.spec.action.target;
  const ref: ObjectRef = { apiVersion, kind, namespace, name };
  if (plan.effect.kind === "patch") await writer.patch(ref, plan.effect.patch, { signal });
  else await writer.evict({ namespace, name, uid: plan.effect.uid }, { signal });
}

/** Answers that say for certain that this request changed nothing. */
const REFUSALS: readonly KubeErrorCode[] = [
  "INVALID",
  "FORBIDDEN",
  "UNAUTHORIZED",
  "NOT_FOUND",
  "TOO_MANY_REQUESTS",
  "TOO_LARGE",
];

interface Failed {
  readonly order: WriteOrder;
  readonly error: unknown;
}

async function afterError(
  dependencies: ActDependencies,
  record: StoredRemediation,
  { order, error }: Failed,
): Promise<StepResult> {
  if (!isKubeError(error, ...REFUSALS)) throw error;
  // A retry is refused because its first try is in: the target no longer is what the plan was made for.
  const live = await liveTarget(dependencies, record, order.signal);
  const landed = hasLanded(actionOf(record), live, markerOf(record.metadata.name, order.direction));
  if (landed === "yes") return written(dependencies, record, order.direction);
  return refused(dependencies, record, { order, denial: refusalOf(error, order) });
}

function refusalOf(error: KubeError, { plan }: WriteOrder): Denial {
  if (error.code === "INVALID" && error.causes.length === 0) {
    return deny("STALE", "The target changed between plan and write; nothing was written.");
  }
  if (error.code === "TOO_MANY_REQUESTS" && plan.effect.kind === "evict") {
    return deny("BLAST_RADIUS", "A PodDisruptionBudget allows no eviction at this moment; nothing was written.");
  }
  return deny("DRY_RUN_REFUSED", `The API server refused the write: ${messageOf(error)}`);
}

/** Refused because the cluster is no longer as the guards saw it: that is nobody's failure, and may be proposed anew. */
const OVERTAKEN: readonly DenialCode[] = ["STALE", "BLAST_RADIUS", "POLICY_CHANGED"];

/** The target as it is; undefined when it is gone. */
export async function liveTarget(
  { reader }: ActDependencies,
  record: StoredRemediation,
  signal: AbortSignal,
): Promise<Workload | undefined> {
  try {
    return await readTarget(reader, record.spec.action.target, signal);
  } catch (error) {
    if (isKubeError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}

/** The write is in. */
export async function written(
  dependencies: ActDependencies,
  record: StoredRemediation,
  direction: Direction,
): Promise<StepResult> {
  const attempts = settled(dependencies, record, { result: "written" });
  if (direction === "forward") {
    return next(await writeStatus(dependencies, record, { phase: "Verifying", attempts, message: undefined }));
  }
  const message = "The target was worse than before, so the inverse was applied.";
  await writeStatus(dependencies, record, { phase: "RolledBack", attempts, message });
  return DONE;
}

async function refused(
  dependencies: ActDependencies,
  record: StoredRemediation,
  { order, denial }: { readonly order: WriteOrder; readonly denial: Denial },
): Promise<StepResult> {
  const attempts = settled(dependencies, record, { result: "refused", message: denial.message });
  const phase = order.direction === "forward" && OVERTAKEN.includes(denial.code) ? "Stale" : "Failed";
  const undo = order.direction === "inverse" ? "Worse than before, and the inverse could not be applied: " : "";
  const message = `${undo}${denial.message}`.slice(0, 2000);
  await writeStatus(dependencies, record, {
    phase,
    attempts,
    denial: { ...denial, message: denial.message.slice(0, 2000) },
    message,
  });
  return DONE;
}

function settled(dependencies: ActDependencies, { status }: StoredRemediation, end: Partial<RemediationAttempt>) {
  const attempts = status?.attempts ?? [];
  const finishedAt = timestamp(dependencies);
  return attempts.map((attempt, index) =>
    index === attempts.length - 1 ? { ...attempt, ...end, finishedAt, ...cut(end.message) } : attempt,
  );
}

const cut = (message: string | undefined) => (message === undefined ? {} : { message: message.slice(0, 2000) });
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error)).slice(0, 1500);

export function timestamp({ clock }: ActDependencies, plusMs = 0): string {
  return new Date(clock.now() + plusMs).toISOString();
}
