import type { Store } from "@sre-agent/kube";
import { currentLimits, KILLED, type Limits } from "../policy.ts";
import { isWaiting, type KnownRun } from "./known-run.ts";

type Verdict =
  | { readonly kind: "start" }
  | { readonly kind: "wait"; readonly message: string }
  | { readonly kind: "skip"; readonly message: string };

/** Decides which runs may spend money now. One in a process; the leader alone asks it. Never waits, so no two ask at once. */
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
const STORE_LAG_MS = 60_000;

export function createAdmission(options: AdmissionOptions): Admission {
  return new Places(options);
}

class Places implements Admission {
  readonly #options: AdmissionOptions;
  /** When we started a run, by uid; until the store shows it. */
  readonly #places = new Map<string, number>();

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  ask(run: KnownRun): Verdict {
    const now = this.#options.clock.now();
    this.#forgetSeen(now);
    if (this.#places.has(run.uid)) return { kind: "start" };
    const other = this.#sameRoot(run);
    if (other) return { kind: "skip", message: `SreInvestigation ${other.name} looks at the same root.` };
    const message = this.#shortage(run, now);
    if (message === undefined) {
      this.#places.set(run.uid, now);
      return { kind: "start" };
    }
    const tooLong = now - Date.parse(run.createdAt) > MAX_WAIT_MS;
    return tooLong
      ? { kind: "skip", message: `It waited for more than an hour. ${message}` }
      : { kind: "wait", message };
  }

  giveBack(uid: string): void {
    this.#places.delete(uid);
  }

  /** The store counts a run as soon as it shows the start; a run that was deleted first never gets there. */
  #forgetSeen(now: number): void {
    const known = new Map(this.#options.runs.list().map((run) => [run.uid, run]));
    for (const [uid, takenAtMs] of this.#places) {
      const run = known.get(uid);
      const pending = run === undefined ? now - takenAtMs < STORE_LAG_MS : isWaiting(run);
      if (!pending) this.#places.delete(uid);
    }
  }

  /** A run at work, or an older one, about the root of a run that a trigger started; a person's run is always wanted. */
  #sameRoot(run: KnownRun): KnownRun | undefined {
    if (run.trigger === undefined || run.targetUid === undefined) return undefined;
    return this.#options.runs.list().find((other) => {
      if (other.uid === run.uid || other.targetUid !== run.targetUid || other.complete) return false;
      return !isWaiting(other) || this.#places.has(other.uid) || isBefore(other, run);
    });
  }

  /** Why there is no place for the run; undefined when there is one. */
  #shortage(run: KnownRun, now: number): string | undefined {
    const { mode, maxConcurrent, maxPerHour } = currentLimits(this.#options.policies);
    if (mode === "off") return KILLED;
    const all = this.#options.runs.list();
    const running = all.filter(({ phase }) => phase === "Investigating").length + this.#places.size;
    const since = now - HOUR_MS;
    const started = all.filter(({ startedAtMs }) => startedAtMs !== undefined && startedAtMs > since);
    const free = Math.min(maxConcurrent - running, maxPerHour - started.length - this.#places.size);
    const waiting = all.filter((other) => isWaiting(other) && !this.#places.has(other.uid));
    const taken = [...started, ...all.filter(({ uid }) => this.#places.has(uid))];
    const ahead = aheadOf(run, { waiting, taken });
    if (ahead < free) return undefined;
    return `${running} of ${maxConcurrent} places are taken, ${ahead} runs wait before this one; at most ${maxPerHour} start in an hour.`;
  }
}

/**
 * How many of `waiting` get a place before `run`. Namespaces take turns, those with fewer places in this hour first, and
 * within one the older run comes first: a storm in one namespace holds up its own runs.
 */
function aheadOf(
  run: KnownRun,
  { waiting, taken }: { readonly waiting: readonly KnownRun[]; readonly taken: readonly KnownRun[] },
): number {
  const turns = new Map<string, number>();
  const nextTurn = ({ namespace }: KnownRun) => {
    const turn = turns.get(namespace) ?? 0;
    turns.set(namespace, turn + 1);
    return turn;
  };
  for (const each of taken) nextTurn(each);
  const inLine = [...waiting.filter(({ uid }) => uid !== run.uid), run].sort((a, b) => (isBefore(a, b) ? -1 : 1));
  const turnOf = new Map(inLine.map((each) => [each.uid, nextTurn(each)]));
  const own = turnOf.get(run.uid) ?? 0;
  return inLine.filter((other) => {
    const turn = turnOf.get(other.uid) ?? 0;
    return turn < own || (turn === own && isBefore(other, run));
  }).length;
}

function isBefore(left: KnownRun, right: KnownRun): boolean {
  if (left.uid === right.uid) return false;
  if (left.createdAt !== right.createdAt) return left.createdAt < right.createdAt;
  return `${left.namespace}/${left.name}` < `${right.namespace}/${right.name}`;
}
