import { durationMs, shortHash, type TriggerIncident, type TriggerSpec } from "@sre-agent/crds";
import type { Unwell } from "./evaluate.ts";

/** `status.incidents` holds so many. */
export const MAX_INCIDENTS = 64;
/** lastSeen and count move at most this often: each write goes to every watcher. */
const COALESCE_MS = 10_000;
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

function begin(fingerprint: string, { target, reason, sinceMs }: Unwell, question: IncidentQuestion): TriggerIncident {
  const stem = stemOf(question.trigger.name, fingerprint);
  // A record that was dropped for want of room may have left runs behind: their names are taken.
  const episode = question.lastEpisode(stem) + 1;
  const { apiVersion, kind, name, uid } = target;
  return {
    fingerprint,
    target: { apiVersion, kind, name, uid },
    episode,
    investigation: `${stem}-${episode}`,
    reason: reason.slice(0, 256),
    since: iso(sinceMs),
    lastSeen: iso(question.now),
    count: 1,
  };
}

/** The target does not hold (any more). The episode ends when its run has ended as well; then it rests. */
function cleared(incident: TriggerIncident, { now, spec, runComplete }: IncidentQuestion): TriggerIncident {
  const at = incident.clearedAt === undefined ? { ...incident, clearedAt: iso(now) } : incident;
  if (at.cooldownUntil !== undefined || runComplete(at.investigation) === false) return at;
  return { ...at, cooldownUntil: iso(now + durationMs(spec.cooldown)) };
}

/** The target holds: the same episode goes on, or rests, or a new one begins. */
function seen(incident: TriggerIncident, one: Unwell, question: IncidentQuestion): TriggerIncident {
  const { now, runComplete } = question;
  const { clearedAt, cooldownUntil, ...open } = incident;
  if (clearedAt === undefined) return counted(incident, now);
  // It fell ill again while its run was still at work: that run is about this.
  if (cooldownUntil === undefined && runComplete(incident.investigation) === false) return counted(open, now);
  if (cooldownUntil === undefined) return cleared(incident, question);
  if (now < Date.parse(cooldownUntil)) return incident;
  const again = begin(incident.fingerprint, one, question);
  const episode = Math.max(again.episode, incident.episode + 1);
  return { ...again, episode, investigation: `${stemOf(question.trigger.name, incident.fingerprint)}-${episode}` };
}

function counted(incident: TriggerIncident, now: number): TriggerIncident {
  if (now - Date.parse(incident.lastSeen) < COALESCE_MS) return incident;
  return { ...incident, lastSeen: iso(now), count: incident.count + 1 };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
