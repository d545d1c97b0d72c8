import type { Store } from "@sre-agent/kube";
import { currentLimits, type Limits } from "../policy.ts";
import { isWaiting, type KnownRun } from "./known-run.ts";

export type Verdict =
  | { readonly kind: "start" }
  | { readonly kind: "wait"; readonly message: string }
  | { readonly kind: "skip"; readonly message: string };

/** Decides which runs may spend money now. One in a process; the leader alone asks it. */
export interface Admission {
  /** `start` takes the place at once, before the status says so; asking again for the same run is free. */
  ask(run: KnownRun): Verdict;
  /** The start could not be recorded: the place is free again. */
  giveBack(uid: string): void;
}

export interface AdmissionOptions {
  readonly runs: Store<KnownRun>;
  readonly policies: Store<Limits>;
  readonly clock: { now(): number };
}

const HOUR_MS = 3_600_000;
/** A run that waited this long would look at an incident that is another by now. */
const MAX_WAIT_MS = HOUR_MS;

export function createAdmission({ runs, policies, clock }: AdmissionOptions): Admission {
  /** Started by us; the store may not show it yet. */
  const places = new Map<string, number>();

  function forgetSeen(): void {
    for (const { uid, phase, complete } of runs.list()) {
      if (complete || !isWaiting({ phase })) places.delete(uid);
    }
  }

  function shortage(run: KnownRun): string | undefined {
    const { mode, maxConcurrent, maxPerHour } = currentLimits(policies);
    if (mode === "off") return "The kill switch is on (SrePolicy mode off).";
    const all = runs.list();
    const running = all.filter(({ phase }) => phase === "Investigating").length + places.size;
    const since = clock.now() - HOUR_MS;
    const started = all.filter(({ startedAtMs }) => startedAtMs !== undefined && startedAtMs > since).length;
    const free = Math.min(maxConcurrent - running, maxPerHour - started - places.size);
    const ahead = all.filter((other) => isWaiting(other) && !places.has(other.uid) && isBefore(other, run)).length;
    if (ahead < free) return undefined;
    return `${running} of ${maxConcurrent} places are taken, ${ahead} runs wait before this one; at most ${maxPerHour} start in an hour.`;
  }

  return {
    ask(run) {
      forgetSeen();
      if (places.has(run.uid)) return { kind: "start" };
      const other = sameRoot(run, runs);
      if (other) return { kind: "skip", message: `SreInvestigation ${other.name} looks at the same root.` };
      const message = shortage(run);
      if (message === undefined) {
        places.set(run.uid, clock.now());
        return { kind: "start" };
      }
      const tooLong = clock.now() - Date.parse(run.createdAt) > MAX_WAIT_MS;
      return tooLong
        ? { kind: "skip", message: `It waited for more than an hour. ${message}` }
        : { kind: "wait", message };
    },
    giveBack: (uid) => void places.delete(uid),
  };
}

/** An older run, not ended, about the root of a run that a trigger started; a person's run is always wanted. */
function sameRoot(run: KnownRun, runs: Store<KnownRun>): KnownRun | undefined {
  if (run.trigger === undefined || run.targetUid === undefined) return undefined;
  return runs.list().find((other) => other.targetUid === run.targetUid && !other.complete && isBefore(other, run));
}

function isBefore(left: KnownRun, right: KnownRun): boolean {
  if (left.uid === right.uid) return false;
  if (left.createdAt !== right.createdAt) return left.createdAt < right.createdAt;
  return `${left.namespace}/${left.name}` < `${right.namespace}/${right.name}`;
}
