import type { KubeObject } from "@sre-agent/kube";

/** What is kept of an Event. */
export interface WatchedEvent {
  /** uid of what it is about. */
  readonly about: string;
  /** `Pod web-1` */
  readonly subject: string;
  readonly type: string;
  readonly reason: string;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** So many occurrences, the first and the last at these times. */
export interface Occurrences {
  readonly fromMs: number;
  readonly toMs: number;
  readonly times: number;
}

/** An Event with its occurrences, oldest first. */
export interface LoggedEvent extends Pick<WatchedEvent, "about" | "subject" | "type" | "reason"> {
  readonly occurrences: readonly Occurrences[];
}

/** Both ways in which Kubernetes counts an Event up: `count` by older components, `series` by newer ones. */
export interface EventObject extends KubeObject {
  readonly involvedObject?: { readonly kind?: string; readonly name?: string; readonly uid?: string };
  readonly type?: string;
  readonly reason?: string;
  readonly count?: number;
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string } | null;
}

/** The two APIs show the same stored Events; this is the view of the core one. */
export function eventOf(event: EventObject): WatchedEvent {
  const { metadata, involvedObject = {}, type = "", reason = "", series } = event;
  const firstMs = Date.parse(event.firstTimestamp ?? event.eventTime ?? metadata.creationTimestamp);
  const last = series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime;
  return {
    about: involvedObject.uid ?? "",
    subject: `${involvedObject.kind ?? ""} ${involvedObject.name ?? ""}`,
    type,
    reason,
    count: Math.max(1, series?.count ?? event.count ?? 1),
    firstMs,
    lastMs: last === undefined || last === null ? firstMs : Math.max(firstMs, Date.parse(last)),
  };
}

/** Keeps what an Event alone does not tell: when its count rose. */
export interface EventLog {
  /** A change of an Event as a watch tells it. */
  note(key: string, now: WatchedEvent | undefined): void;
  list(): readonly LoggedEvent[];
}

/** Of one Event; what is older is folded into the oldest. */
const MAX_ROWS = 64;

interface Entry {
  readonly event: WatchedEvent;
  readonly occurrences: readonly Occurrences[];
}

export function createEventLog(): EventLog {
  const entries = new Map<string, Entry>();
  return {
    note(key, event) {
      if (event === undefined) entries.delete(key);
      else entries.set(key, { event, occurrences: occurrencesOf(event, entries.get(key)) });
    },
    list: () =>
      [...entries.values()].map(({ event: { about, subject, type, reason }, occurrences }) => ({
        about,
        subject,
        type,
        reason,
        occurrences,
      })),
  };
}

/** Of an Event that is new to us only the first and the last time are known; of a change, by how much the count rose. */
function occurrencesOf(event: WatchedEvent, before: Entry | undefined): readonly Occurrences[] {
  const { firstMs, lastMs, count } = event;
  if (before === undefined) return [{ fromMs: firstMs, toMs: lastMs, times: count }];
  const grown = count - before.event.count;
  if (grown <= 0 && lastMs <= before.event.lastMs) return before.occurrences;
  const all = [...before.occurrences, { fromMs: lastMs, toMs: lastMs, times: Math.max(1, grown) }];
  return all.length <= MAX_ROWS ? all : folded(all);
}

function folded([first, second, ...rest]: readonly Occurrences[]): readonly Occurrences[] {
  if (first === undefined || second === undefined) return rest;
  return [{ fromMs: first.fromMs, toMs: second.toMs, times: first.times + second.times }, ...rest];
}
