import { durationMs, shortHash, type TriggerIncident, type TriggerSpec } from "@sre-agent/crds";
import type { Unwell } from "./evaluate.ts";

/** `status.incidents` holds so many. */
export const MAX_INCIDENTS = 64;
/** lastSeen and count move at most this often: each write goes to every watcher. */
const COALESCE_MS = 10_000;
/** An episode that begins so soon after the one before cleared is a flap: the rest after it is twice as long. */
const FLAP_WINDOW_MS = 6 * 3_600_000;
const MAX_REST_MS = 4 * 3_600_000;
/** Room for `-t1000` behind the name of an investigation, within 253 characters. */
const MAX_TRIGGER_NAME = 220;

export interface IncidentQuestion {
  readonly trigger: { readonly name: string; readonly uid: string };
  readonly spec: Pick<TriggerSpec, "cooldown">;
  readonly incidents: readonly TriggerIncident[];
  readonly unwell: readonly Unwell[];
  /** ms since the epoch */
  readonly now: number;
  /** Whether the investigation of that name has ended; undefined when there is none. */
  readonly runComplete: (name: string) => boolean | undefined;
  /** The highest episode of which an investigation with this stem exists; 0 without one. */
  readonly lastEpisode: (stem: string) => number;
  /** The run that another trigger opened about the root of that uid and that is not over for it. */
  readonly runOfOther: (targetUid: string) => string | undefined;
}

export interface IncidentAnswer {
  readonly incidents: readonly TriggerIncident[];
  /** Targets for which there was no room; nothing is started for them. */
  readonly leftOut: number;
  /** When a cooldown ends at which a target that is unwell may start anew; ms since the epoch. */
  readonly wakeAtMs: number | undefined;
}

/** Identifies one root under one trigger, whatever becomes of names. */
function fingerprintOf(triggerUid: string, targetUid: string): string {
  return shortHash({ trigger: triggerUid, target: targetUid }, 32);
}

/** `<trigger>-<hash8>`: what the names of all runs about one root begin with. */
function stemOf(trigger: string, fingerprint: string): string {
  return `${trigger.slice(0, MAX_TRIGGER_NAME).replace(/[^a-z0-9]+$/, "")}-${fingerprint.slice(0, 8)}`;
}

/** False when the incident refers to the run of another trigger. */
export function hasOwnRun(trigger: string, { fingerprint, episode, investigation }: TriggerIncident): boolean {
  return investigation === `${stemOf(trigger, fingerprint)}-${episode}`;
}

/** An incident that still asks for its run: not cleared. */
export function isOpen({ clearedAt }: TriggerIncident): boolean {
  return clearedAt === undefined;
}

/** The incidents as they should be now. Pure. */
export function nextIncidents(question: IncidentQuestion): IncidentAnswer {
  const { trigger, incidents, unwell } = question;
  const unwellBy = new Map(unwell.map((one) => [fingerprintOf(trigger.uid, one.target.uid), one]));
  const kept = incidents.map((incident) => {
    const one = unwellBy.get(incident.fingerprint);
    return one === undefined ? cleared(incident, question) : seen(incident, one, question);
  });
  const known = new Set(incidents.map(({ fingerprint }) => fingerprint));
  const fresh = [...unwellBy].filter(([fingerprint]) => !known.has(fingerprint));
  const room = makeRoom(kept, fresh.length);
  const taken = fresh.slice(0, MAX_INCIDENTS - room.length);
  const begun = taken.map(([fingerprint, one]) => begin(fingerprint, one, question));
  return {
    incidents: [...room, ...begun],
    leftOut: fresh.length - taken.length,
    wakeAtMs: nextWake(room, unwellBy, question.now),
  };
}

/** Drops the longest cleared incidents until `wanted` new ones fit, or none is left to drop. */
function makeRoom(incidents: readonly TriggerIncident[], wanted: number): readonly TriggerIncident[] {
  const surplus = incidents.length + wanted - MAX_INCIDENTS;
  if (surplus <= 0) return incidents;
  const droppable = incidents
    .filter((incident) => !isOpen(incident))
    .toSorted((left, right) => (left.clearedAt ?? "").localeCompare(right.clearedAt ?? ""))
    .slice(0, surplus);
  return incidents.filter((incident) => !droppable.includes(incident));
}

function nextWake(
  incidents: readonly TriggerIncident[],
  unwellBy: ReadonlyMap<string, Unwell>,
  now: number,
): number | undefined {
  const ends = incidents
    .filter(({ fingerprint }) => unwellBy.has(fingerprint))
    .flatMap(({ cooldownUntil }) => (cooldownUntil === undefined ? [] : [Date.parse(cooldownUntil)]))
    .filter((ms) => ms > now);
  return ends.length === 0 ? undefined : Math.min(...ends);
}

function begin(fingerprint: string, { target, ...one }: Unwell, question: IncidentQuestion): TriggerIncident {
  const stem = stemOf(question.trigger.name, fingerprint);
  const before = question.incidents.find((incident) => incident.fingerprint === fingerprint);
  // A record that was dropped for want of room may have left runs behind: their names are taken.
  const episode = Math.max(question.lastEpisode(stem), before?.episode ?? 0) + 1;
  const { apiVersion, kind, name, uid } = target;
  return {
    fingerprint,
    target: { apiVersion, kind, name, uid },
    episode,
    investigation: question.runOfOther(uid) ?? `${stem}-${episode}`,
    reason: one.reason.slice(0, 256),
    since: iso(one.sinceMs),
    lastSeen: iso(question.now),
    count: one.events?.times ?? 1,
    ...(isFlap(before, question.now) ? { flaps: (before?.flaps ?? 1) + 1 } : {}),
    ...(one.events === undefined ? {} : { eventWatermark: iso(one.events.lastMs) }),
  };
}

function isFlap(before: TriggerIncident | undefined, now: number): boolean {
  return before?.clearedAt !== undefined && now - Date.parse(before.clearedAt) < FLAP_WINDOW_MS;
}

/** The rest after an episode, doubled by each flap. */
function restMs({ cooldown }: IncidentQuestion["spec"], { flaps = 1 }: TriggerIncident): number {
  const baseMs = durationMs(cooldown);
  return Math.max(baseMs, Math.min(MAX_REST_MS, baseMs * 2 ** (flaps - 1)));
}

/** The target does not hold (any more). The episode ends when its run has ended as well; then it rests. */
function cleared(incident: TriggerIncident, { now, spec, runComplete }: IncidentQuestion): TriggerIncident {
  const at = incident.clearedAt === undefined ? { ...incident, clearedAt: iso(now) } : incident;
  if (at.cooldownUntil !== undefined || runComplete(at.investigation) === false) return at;
  return { ...at, cooldownUntil: iso(now + restMs(spec, at)) };
}

/** The target holds: the same episode goes on, or rests, or a new one begins. */
function seen(incident: TriggerIncident, one: Unwell, question: IncidentQuestion): TriggerIncident {
  const { now, runComplete } = question;
  const { clearedAt, cooldownUntil, ...open } = incident;
  if (clearedAt === undefined) return counted(incident, one, now);
  // It fell ill again while its run was still at work: that run is about this.
  if (cooldownUntil === undefined && runComplete(incident.investigation) === false) return counted(open, one, now);
  if (cooldownUntil === undefined) return cleared(incident, question);
  if (now < Date.parse(cooldownUntil)) return incident;
  return begin(incident.fingerprint, one, question);
}

/** Of Events each is counted once, up to the watermark; a condition counts as often as it is seen. */
function counted(incident: TriggerIncident, { events }: Unwell, now: number): TriggerIncident {
  if (now - Date.parse(incident.lastSeen) < COALESCE_MS) return incident;
  const seenAgain = { ...incident, lastSeen: iso(now) };
  if (events === undefined) return { ...seenAgain, count: incident.count + 1 };
  return { ...seenAgain, count: incident.count + events.times, eventWatermark: iso(events.lastMs) };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
