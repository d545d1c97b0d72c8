import { durationMs, type TriggerSpec } from "@sre-agent/crds";
import { type Holding, holds } from "./condition.ts";
import { groupByRoot, podsOf, selects, type WatchedPod, type WatchedWorkload } from "./workload.ts";

/** A target that is unwell now, long enough. */
export interface Unwell extends Holding {
  readonly target: WatchedWorkload;
}

export interface Evaluation {
  readonly unwell: readonly Unwell[];
  /** When a condition that holds will have held for long enough, or a crash loop may have ended; ms since the epoch. */
  readonly wakeAtMs: number | undefined;
}

export interface Observed {
  readonly workloads: readonly WatchedWorkload[];
  readonly pods: readonly WatchedPod[];
}

/** Stickiness ends by time alone, so targets that hold are looked at again after this. */
const LOOK_AGAIN_MS = 60_000;

/** Which targets of a trigger are unwell at `now` (ms since the epoch). Pure. */
export function evaluate(spec: TriggerSpec, { workloads, pods }: Observed, now: number): Evaluation {
  const groups = groupByRoot(pods);
  const results = workloads
    .filter((workload) => isTargeted(spec, workload))
    .map((target) => judge(spec, target, { pods: podsOf(target, groups), now }));
  const wakes = results.flatMap(({ wakeAtMs }) => wakeAtMs ?? []);
  return {
    unwell: results.flatMap(({ unwell }) => unwell ?? []),
    wakeAtMs: wakes.length === 0 ? undefined : Math.min(...wakes),
  };
}

function isTargeted({ target: { kinds, selector } }: TriggerSpec, { kind, labels }: WatchedWorkload): boolean {
  return (kinds as readonly string[]).includes(kind) && (selector === undefined || selects(selector, labels));
}

/** The first entry that has held for long enough wins; else the earliest time at which one will have. */
function judge(
  spec: TriggerSpec,
  target: WatchedWorkload,
  seen: { readonly pods: readonly WatchedPod[]; readonly now: number },
): { readonly unwell?: Unwell; readonly wakeAtMs?: number } {
  const due = spec.when.flatMap((when) => {
    const holding = holds(when, target, seen);
    return holding === null ? [] : [{ holding, atMs: holding.sinceMs + (when.for ? durationMs(when.for) : 0) }];
  });
  const ripe = due.find(({ atMs }) => atMs <= seen.now);
  if (ripe !== undefined) {
    const { ready, desired } = target.replicas;
    const reason = `${ripe.holding.reason}; ${ready} of ${desired} pods ready`;
    return { unwell: { ...ripe.holding, reason, target }, wakeAtMs: seen.now + LOOK_AGAIN_MS };
  }
  return due.length === 0 ? {} : { wakeAtMs: Math.min(...due.map(({ atMs }) => atMs)) };
}
