import {
  ACTION,
  API_VERSION,
  durationMs,
  type Health,
  type RemediationStatus,
  type SreAction,
  type Target,
} from "@sre-agent/crds";
import { isKubeError, type KubeObject } from "@sre-agent/kube";
import { readHistory } from "../facts/history.ts";
import { hasLanded, markerOf, planFor, standsAsWritten } from "../plans/planner.ts";
import type { HealthSubject } from "./health.ts";
import { actionOf } from "./receipt.ts";
import { type StoredRemediation, writeStatus } from "./status.ts";
import { type ActDependencies, DONE, later, next, type Step, type StepResult } from "./step.ts";
import { attemptsOf, liveTarget, MAX_ATTEMPTS, send, timestamp, writeAhead, written } from "./write.ts";

const POLL_MS = 1_500;
const DEFAULT_STABLE_FOR = "30s";
/** Fewer ready than before, without a break for so many stable windows: what merely starts slowly is not clearly worse. */
const CLEARLY = 2;

type Verification = NonNullable<RemediationStatus["verification"]>;

/** What to measure: an evicted pod is gone, so its controller counts. */
export function healthSubject(target: Target, preImage: Readonly<Record<string, string>> = {}): HealthSubject {
  const { namespace } = target;
  const { ownerApiVersion: apiVersion, ownerKind: kind, ownerName: name } = preImage;
  return apiVersion && kind && name ? { apiVersion, kind, namespace, name } : { ...target };
}

/** Measures until the target is healthy and stays so, is clearly worse, or the deadline is reached. */
export const verified: Step = async (dependencies, { record, signal }) => {
  const { phase, verification, preImage } = record.status ?? {};
  if (phase !== "Verifying" || !verification) return next(record);
  const health = await measured(dependencies, { subject: healthSubject(record.spec.action.target, preImage), signal });
  if (!health) return lost(dependencies, record);
  const stableMs = await stableForMs(dependencies, record, signal);
  const seen = { ...verification, ...observed(verification, health) };
  const verdict = judge(seen, { nowMs: dependencies.clock.now(), stableMs });
  if (verdict === "wait") {
    const changed = seen.last?.at !== verification.last?.at;
    if (changed) await writeStatus(dependencies, record, { verification: stored(seen) });
    return later(POLL_MS, "verifying");
  }
  return conclude(dependencies, record, { verdict, seen });
};

/** undefined when the subject is gone. */
async function measured(
  { measure, clock }: ActDependencies,
  { subject, signal }: { readonly subject: HealthSubject; readonly signal: AbortSignal },
): Promise<Health | undefined> {
  try {
    return { ...(await measure(subject, signal)), at: new Date(clock.now()).toISOString() };
  } catch (error) {
    if (isKubeError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}

interface Seen extends Verification {
  readonly healthySince?: string | undefined;
}

/** `last.at` says since when the severity is what it is, so that a restart measures the same windows. */
function observed({ last, healthySince }: Verification, health: Health): Pick<Seen, "last" | "healthySince"> {
  const same = last?.severity === health.severity;
  return {
    last: same ? last : health,
    healthySince: health.severity === 0 ? (healthySince ?? health.at) : undefined,
  };
}

function stored({ healthySince, ...rest }: Seen): Verification {
  return healthySince === undefined ? rest : { ...rest, healthySince };
}

type Verdict = "healthy" | "worse" | "same" | "better";

function judge(
  { before, last = before, healthySince, deadline }: Seen,
  { nowMs, stableMs }: { readonly nowMs: number; readonly stableMs: number },
): Verdict | "wait" {
  // Healthy by the deadline, and then for the whole window: the window may end after the deadline.
  if (healthySince !== undefined) return nowMs - Date.parse(healthySince) >= stableMs ? "healthy" : "wait";
  const sinceMs = nowMs - Date.parse(last.at);
  const clearlyWorse = last.severity > before.severity && last.ready < before.ready;
  if (clearlyWorse && sinceMs >= CLEARLY * stableMs) return "worse";
  if (nowMs < Date.parse(deadline)) return "wait";
  if (last.severity === before.severity) return "same";
  return last.severity > before.severity ? "worse" : "better";
}

async function conclude(
  dependencies: ActDependencies,
  record: StoredRemediation,
  { verdict, seen }: { readonly verdict: Verdict; readonly seen: Seen },
): Promise<StepResult> {
  const verification = stored(seen);
  const now = seen.last?.message ?? "";
  if (verdict === "worse" && record.status?.inverse) {
    const message = `Worse than before (${now}): the inverse follows.`;
    return next(await writeStatus(dependencies, record, { phase: "Reverting", verification, message }));
  }
  const [phase, message] = OUTCOME_OF[verdict];
  await writeStatus(dependencies, record, { phase, verification, message: `${message} (${now})` });
  return DONE;
}

const OUTCOME_OF = {
  healthy: ["Succeeded", "Healthy over the whole window"],
  same: ["NoEffect", "As unwell as before; the change was kept"],
  better: ["Contained", "Better than before, not healthy; the change was kept"],
  worse: ["Failed", "Worse than before, and there is no inverse"],
} as const;

async function lost(dependencies: ActDependencies, record: StoredRemediation): Promise<StepResult> {
  await writeStatus(dependencies, record, { phase: "Unknown", message: "The target was deleted after the write." });
  return DONE;
}

/** Of the SreAction as it is now; it may be gone by the time a write is verified. */
async function stableForMs(
  { reader }: ActDependencies,
  { spec }: StoredRemediation,
  signal: AbortSignal,
): Promise<number> {
  const { namespace } = spec.action.target;
  const ref = { apiVersion: API_VERSION, kind: ACTION.kind, namespace, name: spec.authority.actionRef.name };
  try {
    const action = await reader.get<SreAction & KubeObject>(ref, { signal });
    return durationMs(ACTION.spec.parse(action.spec).verify.stableFor);
  } catch (error) {
    if (isKubeError(error, "NOT_FOUND")) return durationMs(DEFAULT_STABLE_FOR);
    throw error;
  }
}

const OTHERS_CHANGE = "somebody else changed the target since";

/** Applies the inverse through the same write path. It was shown with the approval, so it needs none of its own. */
export const reverted: Step = async (dependencies, { record, signal }) => {
  const { phase, inverse } = record.status ?? {};
  if (phase !== "Reverting" || !inverse) return next(record);
  const { name } = record.metadata;
  const target = await liveTarget(dependencies, record, signal);
  const action = actionOf(record);
  if (hasLanded(action, target, markerOf(name, "inverse")) === "yes") return written(dependencies, record, "inverse");
  const ours = target && hasLanded(action, target, markerOf(name, "forward")) === "yes";
  if (!ours) return stuck(dependencies, record, OTHERS_CHANGE);
  if (attemptsOf(record, "inverse").length >= MAX_ATTEMPTS) return stuck(dependencies, record, "it did not go through");
  const live = { target, ...(await readHistory(dependencies.reader, action.target, signal)) };
  // Our mark stays on the object when somebody releases over our change: that is theirs to take back.
  if (!standsAsWritten(action, live, record.spec.premise)) return stuck(dependencies, record, OTHERS_CHANGE);
  const plan = planFor(actionOf(inverseOf(record, inverse)), live, markerOf(name, "inverse"));
  if ("code" in plan) return stuck(dependencies, record, plan.message);
  const ahead = await writeAhead(dependencies, record, { direction: "inverse", change: {} });
  return send(dependencies, ahead, { plan, direction: "inverse", signal });
};

function inverseOf(record: StoredRemediation, action: StoredRemediation["spec"]["action"]): StoredRemediation {
  return { ...record, spec: { ...record.spec, action } };
}

async function stuck(dependencies: ActDependencies, record: StoredRemediation, why: string): Promise<StepResult> {
  const message = `Worse than before, and the inverse could not be applied: ${why} (${timestamp(dependencies)}).`;
  await writeStatus(dependencies, record, { phase: "Failed", message });
  return DONE;
}
