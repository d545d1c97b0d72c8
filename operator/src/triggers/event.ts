import { durationMs, type TriggerIncident, type TriggerWhen } from "@sre-agent/crds";
import type { Holding } from "./condition.ts";
import type { LoggedEvent, Occurrences } from "./event-log.ts";

type EventSource = NonNullable<TriggerWhen["event"]>;

export interface EventQuestion {
  /** About the target and what it owns. */
  readonly events: readonly LoggedEvent[];
  /** The incident of the target, if there is one. */
  readonly incident: Pick<TriggerIncident, "clearedAt" | "eventWatermark"> | undefined;
  /** ms since the epoch */
  readonly now: number;
}

/**
 * Whether a row of Events holds now: `atLeast` occurrences, none of them counted for the incident before, each less than
 * `quiet` after the one before it, and the last less than `quiet` ago. An incident that Events opened stays open as long
 * as any of them comes, whoever counted it: a restart must not close it. Pure.
 */
export function eventsHold(source: EventSource, { events, incident, now }: EventQuestion): Holding | null {
  const quietMs = durationMs(source.quiet);
  const matching = events.filter(({ type, reason }) => type === source.type && source.reasons.includes(reason));
  const latest = latestOf(matching);
  if (latest === undefined || now - latest.toMs >= quietMs) return null;
  const watermarkMs = watermarkOf(incident);
  const uncounted = rowOf(after(matching, watermarkMs), quietMs);
  const goesOn = incident?.clearedAt === undefined && incident?.eventWatermark !== undefined;
  if (!goesOn && uncounted.times < source.atLeast) return null;
  const sinceMs = goesOn ? watermarkMs : uncounted.fromMs;
  return {
    sinceMs: Math.min(sinceMs, now),
    // A row that opened the incident was long enough then.
    heldMs: goesOn ? Number.POSITIVE_INFINITY : latest.toMs - sinceMs,
    endsAtMs: latest.toMs + quietMs,
    reason: `${latest.subject}: Event ${latest.reason}, ${timesOf(uncounted.times)}`,
    events: { times: uncounted.times, lastMs: latest.toMs },
  };
}

function timesOf(times: number): string {
  return times === 1 ? "once" : `${times} times`;
}

function watermarkOf(incident: EventQuestion["incident"]): number {
  return incident?.eventWatermark === undefined ? Number.NEGATIVE_INFINITY : Date.parse(incident.eventWatermark);
}

interface Latest extends Pick<LoggedEvent, "subject" | "reason"> {
  readonly toMs: number;
}

function latestOf(events: readonly LoggedEvent[]): Latest | undefined {
  return events.reduce<Latest | undefined>((best, { subject, reason, occurrences }) => {
    const toMs = occurrences.at(-1)?.toMs ?? Number.NEGATIVE_INFINITY;
    return best === undefined || toMs > best.toMs ? { subject, reason, toMs } : best;
  }, undefined);
}

/** What came after the watermark; of occurrences on both sides of it only the last is known to be. */
function after(events: readonly LoggedEvent[], watermarkMs: number): readonly Occurrences[] {
  return events
    .flatMap(({ occurrences }) => occurrences)
    .filter(({ toMs }) => toMs > watermarkMs)
    .map((one) => (one.fromMs > watermarkMs ? one : { fromMs: one.toMs, toMs: one.toMs, times: 1 }));
}

/** The row that ends with the last occurrence: it goes back to the first pause of `quietMs`. */
function rowOf(occurrences: readonly Occurrences[], quietMs: number): Pick<Occurrences, "fromMs" | "times"> {
  let row = { fromMs: Number.POSITIVE_INFINITY, times: 0 };
  for (const { fromMs, toMs, times } of occurrences.toSorted((left, right) => right.toMs - left.toMs)) {
    if (row.fromMs - toMs >= quietMs && row.times > 0) return row;
    row = { fromMs: Math.min(row.fromMs, fromMs), times: row.times + times };
  }
  return row;
}
