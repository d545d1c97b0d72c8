import { durationMs, shortHash, type TriggerIncident, type TriggerSpec } from "@sre-agent/crds";
import type { KnownRun } from "../investigations/known-run.ts";
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
  /** What is known of the investigation of that name; undefined when there is none. */
  readonly runOf: (name: string) => IncidentRun | undefined;
  /** The highest episode of which an investigation with this stem exists; 0 without one. */
  readonly lastEpisode: (stem: string) => number;
  /** The run that another trigger opened about the root of that uid and that is not over for it. */
  readonly runOfOther: (targetUid: string) => string | undefined;
}

type IncidentRun = Pick<KnownRun, "phase" | "complete" | "completedAtMs">;

export interface IncidentAnswer {
  readonly incidents: readonly TriggerIncident[];
  /** Targets for which there was no room; nothing is started for them. */
  readonly leftOut: number;
  /** Roots that are unwell and wait for the end of their cooldown. */
  readonly cooling: number;
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
  const restEnds = room.flatMap((incident) =>
    unwellBy.has(incident.fingerprint) ? restEndOf(incident, question) : [],
  );
  return {
    incidents: [...room, ...begun],
    leftOut: fresh.length - taken.length,
    cooling: restEnds.length,
    wakeAtMs: restEnds.length === 0 ? undefined : Math.min(...restEnds),
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

/** When the incident's rest ends, ms since the epoch; nothing when it does not rest. */
function restEndOf({ cooldownUntil }: TriggerIncident, { now }: IncidentQuestion): readonly number[] {
  return cooldownUntil !== undefined && Date.parse(cooldownUntil) > now ? [Date.parse(cooldownUntil)] : [];
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
    investigation: runAtWorkOfOther(uid, question) ?? `${stem}-${episode}`,
    reason: one.reason.slice(0, 256),
    since: iso(one.sinceMs),
    lastSeen: iso(question.now),
    count: Math.max(1, one.events?.times ?? 1),
    ...(isFlap(before, question.now) ? { flaps: (before?.flaps ?? 1) + 1 } : {}),
    ...(one.events === undefined ? {} : { eventWatermark: iso(one.events.lastMs) }),
  };
}

/** The run of another trigger, unless it is over for that one as well: it went stale, and one of the two plans anew. */
function runAtWorkOfOther(uid: string, { runOfOther, runOf }: IncidentQuestion): string | undefined {
  const name = runOfOther(uid);
  return name === undefined || runOf(name)?.phase === "Stale" ? undefined : name;
}

/** Also an episode that never cleared is followed by a flap: a proposal that goes stale each time is planned ever less often. */
function isFlap(before: TriggerIncident | undefined, now: number): boolean {
  if (before === undefined) return false;
  return isOpen(before) || now - Date.parse(before.clearedAt ?? "") < FLAP_WINDOW_MS;
}

/** The rest after an episode, doubled by each flap. */
function restMs({ cooldown }: IncidentQuestion["spec"], { flaps = 1 }: TriggerIncident): number {
  const baseMs = durationMs(cooldown);
  return Math.max(baseMs, Math.min(MAX_REST_MS, baseMs * 2 ** (flaps - 1)));
}

/** The target does not hold (any more). The episode ends when its run has ended as well; then it rests. */
function cleared(incident: TriggerIncident, { now, spec, runOf }: IncidentQuestion): TriggerIncident {
  const { cooldownUntil: _, ...open } = incident;
  const at = isOpen(incident) ? { ...open, clearedAt: iso(now) } : incident;
  if (at.cooldownUntil !== undefined || runOf(at.investigation)?.complete === false) return at;
  return { ...at, cooldownUntil: iso(now + restMs(spec, at)) };
}

/** The target holds: the same episode goes on, or rests, or a new one begins. */
function seen(incident: TriggerIncident, one: Unwell, question: IncidentQuestion): TriggerIncident {
  const { now, runOf } = question;
  const { clearedAt: _, cooldownUntil, ...open } = incident;
  if (isOpen(incident)) return stillUnwell(open, one, question);
  // It fell ill again while its run was still at work: that run is about this.
  if (cooldownUntil === undefined && runOf(incident.investigation)?.complete === false) return counted(open, one, now);
  if (cooldownUntil === undefined) return cleared(incident, question);
  if (now < Date.parse(cooldownUntil)) return relapsed(incident, one, now);
  return begin(incident.fingerprint, one, question);
}

/** Never cleared: one run is enough, unless its proposal went stale before anything was written. Then it is planned anew. */
function stillUnwell(open: TriggerIncident, one: Unwell, question: IncidentQuestion): TriggerIncident {
  const { phase, completedAtMs } = question.runOf(open.investigation) ?? {};
  if (phase !== "Stale" || completedAtMs === undefined) return counted(open, one, question.now);
  const restEndMs = completedAtMs + restMs(question.spec, open);
  if (question.now >= restEndMs) return begin(open.fingerprint, one, question);
  return { ...counted(open, one, question.now), cooldownUntil: iso(restEndMs) };
}

/** It holds again while the root rests: told, and nothing is started. Events of the rest count for the next episode. */
function relapsed(incident: TriggerIncident, { events }: Unwell, now: number): TriggerIncident {
  if (incident.relapsedAt !== undefined && now - Date.parse(incident.lastSeen) < COALESCE_MS) return incident;
  const count = incident.count + (events === undefined ? 1 : 0);
  return { ...incident, relapsedAt: incident.relapsedAt ?? iso(now), lastSeen: iso(now), count };
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
