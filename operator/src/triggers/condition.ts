import type { TriggerWhen } from "@sre-agent/crds";
import type { ObservedCondition, WatchedContainer, WatchedPod, WatchedWorkload } from "./workload.ts";

/** That an entry of `when` holds: since when (ms since the epoch), and why in one line made of codes and names. */
export interface Holding {
  readonly sinceMs: number;
  /** For how long without a break. */
  readonly heldMs: number;
  readonly reason: string;
  /** When it ceases to hold if nothing comes any more; absent where nobody can tell. */
  readonly endsAtMs?: number;
  /** Of Events: occurrences that were not counted before, and the time of the last. */
  readonly events?: { readonly times: number; readonly lastMs: number };
}

/** How long after its last failure a container still counts as crash-looping, and a pod that failed for good counts. */
const FAILURE_COUNTS_MS = 5 * 60_000;
const CRASH_LOOP = "CrashLoopBackOff";

export type ConditionSource = NonNullable<TriggerWhen["condition"]>;

/** Whether the condition holds now. `for` is the caller's matter: it compares `heldMs`. Pure: `now` is ms since the epoch. */
export function conditionHolds(
  condition: ConditionSource,
  target: WatchedWorkload,
  { pods, now }: { readonly pods: readonly WatchedPod[]; readonly now: number },
): Holding | null {
  if (condition.of !== "Pods") return holdsOnTarget(condition, target, now);
  const holding = pods.filter(({ gone }) => !gone).flatMap((pod) => holdsOnPod(condition, pod, now) ?? []);
  return earliest(holding);
}

function earliest(holding: readonly Holding[]): Holding | null {
  return holding.reduce<Holding | null>(
    (first, one) => (first === null || one.sinceMs < first.sinceMs ? one : first),
    null,
  );
}

function holdsOnTarget(source: ConditionSource, target: WatchedWorkload, now: number): Holding | null {
  const found = findIn(source, target.conditions);
  if (found === undefined || !reasonListed(source, found.reason)) return null;
  const sinceMs = timeOf(found.lastTransitionTime, now);
  return { sinceMs, heldMs: now - sinceMs, reason: `${target.kind} ${target.name}: ${textOf(found)}` };
}

function holdsOnPod(source: ConditionSource, pod: WatchedPod, now: number): Holding | null {
  const found = findIn(source, pod.conditions);
  if (found === undefined) return null;
  const sinceMs = timeOf(found.lastTransitionTime ?? pod.createdAt, now);
  // An evicted pod stays for days beside its replacement, which says more about the workload by then.
  if (pod.phase === "Failed" && now - sinceMs >= FAILURE_COUNTS_MS) return null;
  const code = codeOf(source, { pod, found, now });
  if (code === undefined) return null;
  const reason = `Pod ${pod.name}: ${found.type}=${found.status}${code === "" ? "" : ` (${code})`}`;
  return { sinceMs, heldMs: now - sinceMs, reason };
}

/** The reason that makes the condition count; empty when none was asked for, undefined when it does not count. */
function codeOf(
  source: ConditionSource,
  { pod, found, now }: { readonly pod: WatchedPod; readonly found: ObservedCondition; readonly now: number },
): string | undefined {
  if (source.reasons === undefined) return found.reason ?? "";
  if (found.reason !== undefined && source.reasons.includes(found.reason)) return found.reason;
  const codes = pod.containers.flatMap((container) => containerCodes(container, now));
  return codes.find((code) => source.reasons?.includes(code));
}

function containerCodes(container: WatchedContainer, now: number): readonly string[] {
  const { waiting, exit } = container;
  return [
    ...(waiting ? [waiting] : []),
    ...(exit?.reason ? [exit.reason] : []),
    ...(loops(container, now) ? [CRASH_LOOP] : []),
  ];
}

/**
 * A container that failed and is not ready again is crash-looping, from its first failure on: the kubelet names it so
 * only after the second, and between two back-offs it is for a moment Running or Error. It has recovered when it is
 * ready or five minutes have passed, and not before.
 */
function loops({ ready, exit, last }: WatchedContainer, now: number): boolean {
  if (ready) return false;
  return [exit, last].some(
    (end) => end !== undefined && end.exitCode !== 0 && now - timeOf(end.finishedAt, now) < FAILURE_COUNTS_MS,
  );
}

function findIn(source: ConditionSource, conditions: readonly ObservedCondition[]): ObservedCondition | undefined {
  return conditions.find(({ type, status }) => type === source.type && status === source.status);
}

function reasonListed({ reasons }: ConditionSource, reason: string | undefined): boolean {
  return reasons === undefined || (reason !== undefined && reasons.includes(reason));
}

function textOf({ type, status, reason }: ObservedCondition): string {
  return `${type}=${status}${reason ? ` (${reason})` : ""}`;
}

/** A time that is missing, unreadable or ahead of our clock is now. */
function timeOf(text: string | undefined, now: number): number {
  const ms = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? now : Math.min(ms, now);
}
