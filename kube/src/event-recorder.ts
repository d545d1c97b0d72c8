import type { EventRecorder } from "./access.ts";
import type { Clock } from "./clock.ts";
import { type Connection, INTERNALS } from "./connection.ts";
import { isKubeError } from "./error.ts";
import { microTime } from "./micro-time.ts";
import type { KubeObject } from "./object.ts";
import { segment } from "./resource-path.ts";
import type { Transport } from "./transport.ts";
import { MERGE_PATCH } from "./write-query.ts";

export interface EventRecorderOptions {
  /** `sre-agent.dev/operator`. */
  readonly reportingController: string;
  /** The pod. Cut to 128 characters. */
  readonly reportingInstance: string;
  readonly clock: Pick<Clock, "now">;
}

type SreEvent = Parameters<EventRecorder["record"]>[0];

/** The Event that stands for a row of equal ones. */
interface Series {
  readonly name: string;
  count: number;
  startedMs: number;
  writtenMs: number;
}

const MAX_NOTE = 1_024;
const MAX_WORD = 128;
/** Equal events this close are one Event with a count. */
const SERIES_MS = 10 * 60_000;
/** A series is written at most this often. */
const UPDATE_MS = 30_000;
const MAX_SERIES = 1_000;

/** Kubernetes Events, one for a row of equal ones. What fails is dropped: an Event is never state. */
export function createEventRecorder(connection: Connection, options: EventRecorderOptions): EventRecorder {
  const { transport } = connection[INTERNALS];
  const { clock } = options;
  const rows = new Map<string, Series>();

  async function record(event: SreEvent): Promise<void> {
    const key = keyOf(event);
    const nowMs = clock.now();
    const row = rows.get(key);
    if (row !== undefined && nowMs - row.startedMs < SERIES_MS) await countOne(row, event, nowMs);
    else remember(key, await create(event, nowMs));
  }

  async function create(event: SreEvent, nowMs: number): Promise<Series> {
    const { metadata } = await transport.json<KubeObject>({
      method: "POST",
      path: eventsPath(event.regarding),
      body: toEvent(event, options, nowMs),
    });
    return { name: metadata.name, count: 1, startedMs: nowMs, writtenMs: nowMs };
  }

  async function countOne(row: Series, event: SreEvent, nowMs: number): Promise<void> {
    row.count += 1;
    if (nowMs - row.writtenMs < UPDATE_MS) return;
    row.writtenMs = nowMs;
    await updateSeries(transport, row, event.regarding);
  }

  function remember(key: string, row: Series): void {
    const [oldest] = rows.keys();
    if (rows.size >= MAX_SERIES && oldest !== undefined) rows.delete(oldest);
    rows.delete(key);
    rows.set(key, row);
  }

  return {
    async record(event) {
      try {
        await record(event);
      } catch (error) {
        // The cluster may have expired the Event of a row: the next one starts anew.
        if (isKubeError(error, "NOT_FOUND")) rows.delete(keyOf(event));
      }
    },
  };
}

async function updateSeries(transport: Transport, row: Series, regarding: KubeObject): Promise<void> {
  await transport.json({
    method: "PATCH",
    path: `${eventsPath(regarding)}/${segment(row.name, "event")}`,
    contentType: MERGE_PATCH,
    body: { series: { count: row.count, lastObservedTime: microTime(row.writtenMs) } },
  });
}

function keyOf({ regarding, type, reason, action, note }: SreEvent): string {
  return JSON.stringify([regarding.metadata.uid, type, reason, action, note]);
}

/** Events about cluster-scoped objects live in `default`. */
function namespaceOf({ metadata }: KubeObject): string {
  return metadata.namespace ?? "default";
}

function eventsPath(regarding: KubeObject): string {
  return `/apis/events.k8s.io/v1/namespaces/${segment(namespaceOf(regarding), "namespace")}/events`;
}

function toEvent(event: SreEvent, options: EventRecorderOptions, nowMs: number): object {
  const { apiVersion, kind, metadata } = event.regarding;
  const { name, namespace, uid, resourceVersion } = metadata;
  return {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { generateName: namePrefix(name), namespace: namespaceOf(event.regarding) },
    eventTime: microTime(nowMs),
    reportingController: options.reportingController,
    reportingInstance: options.reportingInstance.slice(0, MAX_WORD),
    regarding: { apiVersion, kind, name, namespace, uid, resourceVersion },
    type: event.type,
    reason: event.reason.slice(0, MAX_WORD),
    action: event.action.slice(0, MAX_WORD),
    note: event.note.slice(0, MAX_NOTE),
  };
}

/** Names of some kinds, such as `system:node`, are no name that an Event may have. */
function namePrefix(name: string): string {
  return `${name
    .slice(0, 200)
    .replace(/[^a-z0-9.-]/g, "-")
    .replace(/[^a-z0-9]+$/, "")}-`;
}
