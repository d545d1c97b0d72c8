import { durationMs, type TriggerIncident, type TriggerSpec, type TriggerWhen } from "@sre-agent/crds";
import { conditionHolds, type Holding } from "./condition.ts";
import { eventsHold } from "./event.ts";
import type { LoggedEvent } from "./event-log.ts";
import { type Owned, possessionsOf } from "./ownership.ts";
import type { WatchedPod, WatchedWorkload } from "./workload.ts";

/** A target that is unwell now, long enough. */
export interface Unwell extends Holding {
  readonly target: WatchedWorkload;
}

export interface Evaluation {
  readonly unwell: readonly Unwell[];
  /** When an entry that holds will have held for long enough, or may have ceased to hold; ms since the epoch. */
  readonly wakeAtMs: number | undefined;
}

export interface Observed extends Owned {
  readonly workloads: readonly WatchedWorkload[];
}

/** Beside what is seen: what is known of before. */
interface Moment {
  /** ms since the epoch */
  readonly now: number;
  /** The trigger's incident about the target of that uid. */
  readonly incidentOf: (uid: string) => TriggerIncident | undefined;
}

/** Stickiness of crash loops ends by time alone, so targets that hold are looked at again after this. */
const LOOK_AGAIN_MS = 60_000;

/** Which targets of a trigger are unwell at `now`. Pure. */
export function evaluate(spec: TriggerSpec, observed: Observed, { now, incidentOf }: Moment): Evaluation {
  const possessions = possessionsOf(observed);
  const results = observed.workloads
    .filter((workload) => isTargeted(spec, workload))
    .map((target) =>
      judge(spec, target, {
        pods: possessions.podsOf(target),
        events: possessions.eventsOf(target),
        incident: incidentOf(target.uid),
        now,
      }),
    );
  const wakes = results.flatMap(({ wakeAtMs }) => wakeAtMs ?? []);
  return {
    unwell: results.flatMap(({ unwell }) => unwell ?? []),
    wakeAtMs: wakes.length === 0 ? undefined : Math.min(...wakes),
  };
}

function isTargeted({ target: { kinds, selector } }: TriggerSpec, { kind, labels }: WatchedWorkload): boolean {
  const wanted = Object.entries(selector?.matchLabels ?? {});
  return (kinds as readonly string[]).includes(kind) && wanted.every(([key, value]) => labels[key] === value);
}

interface Seen {
  readonly pods: readonly WatchedPod[];
  readonly events: readonly LoggedEvent[];
  readonly incident: TriggerIncident | undefined;
  readonly now: number;
}

interface Verdict {
  readonly unwell?: Unwell;
  readonly wakeAtMs?: number;
}

/** The first entry that has held for long enough wins; else the earliest time at which one will have. */
function judge(spec: TriggerSpec, target: WatchedWorkload, seen: Seen): Verdict {
  const holding = spec.when.flatMap((when) => {
    const one = holds(when, target, seen);
    return one === null ? [] : [{ ...one, missingMs: (when.for ? durationMs(when.for) : 0) - one.heldMs }];
  });
  const ripe = holding.find(({ missingMs }) => missingMs <= 0);
  if (ripe !== undefined) {
    const { ready, desired } = target.replicas;
    const reason = `${ripe.reason}; ${ready} of ${desired} pods ready`;
    const wakeAtMs = Math.min(seen.now + LOOK_AGAIN_MS, ripe.endsAtMs ?? Number.POSITIVE_INFINITY);
    return { unwell: { ...ripe, reason, target }, wakeAtMs };
  }
  // A row of Events becomes longer only by an Event, which wakes by itself.
  const wakes = holding.filter(({ events }) => events === undefined).map(({ missingMs }) => seen.now + missingMs);
  return wakes.length === 0 ? {} : { wakeAtMs: Math.min(...wakes) };
}

function holds({ condition, event }: TriggerWhen, target: WatchedWorkload, seen: Seen): Holding | null {
  if (condition !== undefined) return conditionHolds(condition, target, seen);
  return event === undefined ? null : eventsHold(event, seen);
}
