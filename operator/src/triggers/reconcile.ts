import { API_VERSION, type SreTrigger, TRIGGER, type TriggerIncident } from "@sre-agent/crds";
import type { Logger } from "@sre-agent/frame";
import {
  type Clock,
  type EventRecorder,
  isKubeError,
  type KubeObject,
  type Reader,
  type RecordWriter,
  type Requeue,
  type Store,
} from "@sre-agent/kube";
import type { KnownRun } from "../investigations/known-run.ts";
import type { OperatorMetrics } from "../metrics.ts";
import { evaluate } from "./evaluate.ts";
import { MAX_INCIDENTS, nextIncidents } from "./incident.ts";
import type { Roots } from "./roots.ts";
import { startMissing } from "./start-investigation.ts";
import { type TriggerStatusChange, writeTriggerStatus } from "./status.ts";
import type { WatchPool } from "./watch-pool.ts";

/** An SreTrigger as it was last read or written. */
export type StoredTrigger = SreTrigger & KubeObject;

export interface TriggerDependencies {
  readonly reader: Pick<Reader, "get">;
  readonly recordWriter: Pick<RecordWriter, "create" | "replaceStatus">;
  readonly eventRecorder: EventRecorder;
  readonly pool: WatchPool;
  readonly roots: Roots;
  readonly runs: Store<KnownRun>;
  readonly clock: Clock;
  readonly metrics: Pick<OperatorMetrics, "incidentOpened">;
  readonly logger: Logger;
}

/** The first lists of a large namespace take seconds, not more. */
const LIST_MS = 30_000;
const DONE: Requeue = { kind: "done" };
const CONFLICT: Requeue = { kind: "retryAfter", ms: 100, reason: "Conflict" };

/** Looks at the targets of the trigger `namespace/name` and starts what has to be started. */
export async function reconcileTrigger(
  dependencies: TriggerDependencies,
  key: string,
  signal: AbortSignal,
): Promise<Requeue> {
  const trigger = await readTrigger(dependencies, key, signal);
  if (trigger === undefined) return leave(dependencies, key);
  try {
    return await serve(dependencies, trigger, key);
  } catch (error) {
    if (isKubeError(error, "CONFLICT")) return CONFLICT;
    if (isKubeError(error, "NOT_FOUND")) return DONE;
    throw error;
  }
}

async function readTrigger(
  { reader }: TriggerDependencies,
  key: string,
  signal: AbortSignal,
): Promise<StoredTrigger | undefined> {
  const [namespace = "", name = ""] = key.split("/");
  try {
    const ref = { apiVersion: API_VERSION, kind: TRIGGER.kind, namespace, name };
    const trigger = await reader.get<StoredTrigger>(ref, { signal });
    return { ...trigger, spec: TRIGGER.spec.parse(trigger.spec) };
  } catch (error) {
    if (isKubeError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}

async function serve(dependencies: TriggerDependencies, trigger: StoredTrigger, key: string): Promise<Requeue> {
  const { pool, roots, clock } = dependencies;
  if (trigger.metadata.deletionTimestamp !== undefined) return stopLooking(dependencies, key);
  if (trigger.spec.suspend) return rest(dependencies, trigger, key);
  pool.hold(key, trigger.spec);
  const observed = pool.observed(key);
  if (observed === undefined) return waitForLists(dependencies, trigger, key);
  const now = clock.now();
  const incidents = trigger.status?.incidents ?? [];
  const incidentOf = (uid: string) => incidents.find(({ target }) => target.uid === uid);
  const { unwell, wakeAtMs } = evaluate(trigger.spec, observed, { now, incidentOf });
  const answer = nextIncidents({
    trigger: trigger.metadata,
    spec: trigger.spec,
    incidents,
    unwell,
    now,
    runOfOther: (root) => roots.runOfOther(key, root),
    ...knowledgeOf(dependencies.runs, trigger),
  });
  roots.note(key, answer.incidents);
  // Before the create: after a crash between the two, the record says what was meant to be started.
  const { cooling } = answer;
  const ready = readyOf(answer.leftOut);
  const written = await writeTriggerStatus(dependencies, trigger, { ready, incidents: answer.incidents, cooling });
  countOpened(dependencies, incidents, answer.incidents);
  await tellRelapses(dependencies, written, { before: incidents, now: answer.incidents });
  await startMissing(dependencies, written, answer.incidents);
  return wakeAt([wakeAtMs, answer.wakeAtMs], now);
}

function leave({ pool, roots }: TriggerDependencies, key: string): Requeue {
  pool.release(key);
  roots.forget(key);
  return DONE;
}

/** At once, before its status says so: no other trigger may refer to what it has open. */
function stopLooking({ pool, roots }: TriggerDependencies, key: string): Requeue {
  pool.release(key);
  roots.note(key, []);
  return DONE;
}

async function rest(dependencies: TriggerDependencies, trigger: StoredTrigger, key: string): Promise<Requeue> {
  stopLooking(dependencies, key);
  const ready = { status: "False", reason: "Suspended", message: "Nothing is watched (spec.suspend)." } as const;
  await writeTriggerStatus(dependencies, trigger, { ready });
  return DONE;
}

/** The pool tells when the first lists are there. One that stays away is said: until then nothing is watched. */
async function waitForLists(dependencies: TriggerDependencies, trigger: StoredTrigger, key: string): Promise<Requeue> {
  const { kinds, waitedMs } = dependencies.pool.missing(key);
  if (waitedMs < LIST_MS) return { kind: "retryAfter", ms: LIST_MS - waitedMs, reason: "Listing" };
  const message = `Nothing is watched: the operator could not list ${kinds.join(" and ")} here yet; it needs get, list and watch.`;
  await writeTriggerStatus(dependencies, trigger, {
    ready: { status: "False", reason: "TargetsNotListed", message },
  });
  return { kind: "retryAfter", ms: LIST_MS, reason: "Listing" };
}

function knowledgeOf(runs: Store<KnownRun>, { metadata: { namespace } }: StoredTrigger) {
  return {
    runOf: (name: string) => runs.get(`${namespace}/${name}`),
    lastEpisode: (stem: string) => {
      const prefix = `${namespace}/${stem}-`;
      const episodes = runs.keys().flatMap((key) => (key.startsWith(prefix) ? Number(key.slice(prefix.length)) : []));
      return Math.max(0, ...episodes.filter(Number.isInteger));
    },
  };
}

function readyOf(leftOut: number): TriggerStatusChange["ready"] {
  if (leftOut > 0) {
    const message = `${MAX_INCIDENTS} incidents are open; ${leftOut} more targets are unwell and not looked at.`;
    return { status: "False", reason: "TooManyIncidents", message };
  }
  return { status: "True", reason: "Watching", message: "Its targets are watched." };
}

function countOpened(
  { metrics }: TriggerDependencies,
  before: readonly TriggerIncident[],
  now: readonly TriggerIncident[],
): void {
  const known = new Set(before.map(({ fingerprint, episode }) => `${fingerprint}/${episode}`));
  for (const { fingerprint, episode, eventWatermark } of now) {
    if (known.has(`${fingerprint}/${episode}`)) continue;
    metrics.incidentOpened(eventWatermark === undefined ? "condition" : "event");
  }
}

interface Incidents {
  readonly before: readonly TriggerIncident[];
  readonly now: readonly TriggerIncident[];
}

/** One Event for an episode, however often its root falls ill again while it rests. */
async function tellRelapses(
  { eventRecorder }: TriggerDependencies,
  trigger: StoredTrigger,
  { before, now }: Incidents,
): Promise<void> {
  const told = new Set(
    before.filter(({ relapsedAt }) => relapsedAt !== undefined).map(({ fingerprint }) => fingerprint),
  );
  for (const { fingerprint, relapsedAt, target, cooldownUntil, episode } of now) {
    if (relapsedAt === undefined || told.has(fingerprint)) continue;
    const note = `${target.kind} ${target.name} is unwell again and rests until ${cooldownUntil} (cooldown after episode ${episode}); it is investigated then if it still is. To look at once, create an SreInvestigation.`;
    await eventRecorder.record({ regarding: trigger, type: "Warning", reason: "CoolingDown", action: "Wait", note });
  }
}

function wakeAt(times: readonly (number | undefined)[], now: number): Requeue {
  const due = times.filter((time) => time !== undefined);
  if (due.length === 0) return DONE;
  return { kind: "retryAfter", ms: Math.max(0, Math.min(...due) - now), reason: "Watching" };
}
