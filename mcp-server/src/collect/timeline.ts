import {
  eventMessage,
  eventTime,
  numberAt,
  type SnapshotIndex,
  type SnapshotObject,
  textAt,
} from "@sre-agent/diagnosis";
import type { Change } from "./changes.ts";
import { involvedOf } from "./related.ts";

/** One line of a timeline: an event with its repetitions, or a change. */
export interface TimelineEntry {
  /** When it was last seen, RFC 3339. */
  readonly at: string;
  readonly text: string;
}

interface Occurrence {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  /** `Pod/web-*`: what was generated in a name is left out, so that replicas share a line. */
  readonly subject: string;
  readonly object: string;
  readonly first: string;
  readonly last: string;
  readonly count: number;
}

const MAX_MESSAGE = 220;
const GENERATED = /(-[a-f0-9]{6,10})?-[bcdfghjklmnpqrstvwxz2456789]{5}$|-[a-f0-9]{8,10}$/;

/** Events and changes in one order, oldest first; equal events of alike objects share an entry. */
export function timelineOf(events: readonly SnapshotObject[], changes: readonly Change[]): readonly TimelineEntry[] {
  const groups = Map.groupBy(events.map(occurrence), (each) =>
    [each.type, each.reason, each.subject, SCALING.has(each.reason) ? each.message : masked(each.message)].join("\n"),
  );
  const entries = [...[...groups.values()].map(eventEntry), ...changes.filter(({ at }) => at !== "").map(changeEntry)];
  return entries.sort((a, b) => (a.at === b.at ? compare(a.text, b.text) : compare(a.at, b.at)));
}

/** Their numbers are what they say. */
const SCALING = new Set(["ScalingReplicaSet", "SuccessfulRescale"]);

const compare = (a: string, b: string) => (a < b ? -1 : 1);

function occurrence(event: SnapshotObject): Occurrence {
  const { kind, name } = involvedOf(event);
  const last = seconds(eventTime(event));
  const stem = name.replace(GENERATED, "");
  return {
    type: textAt(event, "type") ?? "Normal",
    reason: textAt(event, "reason") ?? "",
    message: eventMessage(event),
    subject: `${kind}/${stem === name ? name : `${stem}-*`}`,
    object: `${kind}/${name}`,
    first: seconds(textAt(event, "firstTimestamp") ?? textAt(event, "eventTime") ?? last),
    last,
    count: numberAt(event, "series", "count") ?? numberAt(event, "count") ?? 1,
  };
}

function eventEntry(alike: readonly Occurrence[]): TimelineEntry {
  const newest = alike.reduce((one, other) => (other.last > one.last ? other : one));
  const first = alike.map((each) => each.first).sort()[0] ?? newest.first;
  const count = alike.reduce((sum, each) => sum + each.count, 0);
  const objects = new Set(alike.map(({ object }) => object));
  const who = objects.size === 1 ? newest.object : `${newest.subject} (${objects.size})`;
  const times = count === 1 ? "" : ` ×${count}${first === newest.last ? "" : ` since ${first}`}`;
  const type = newest.type === "Normal" ? "" : `${newest.type} `;
  // An event's message may repeat what a tenant wrote: quoted, it cannot read as a line of ours.
  const message = JSON.stringify(newest.message.slice(0, MAX_MESSAGE));
  return { at: newest.last, text: `${type}${newest.reason} ${who}${times}: ${message}` };
}

function changeEntry({ at, object, kind, what, by }: Change): TimelineEntry {
  const who = by === undefined ? "" : ` by ${by}`;
  const detail = what === "" ? "" : `: ${what}`;
  return { at: seconds(at), text: `Change ${kind} ${object.kind}/${object.metadata.name}${who}${detail}` };
}

/** Digits and generated names differ between replicas; the rest of a message tells whether two are the same. */
function masked(message: string): string {
  return message.replace(/[a-z0-9.-]+-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, "*").replace(/[0-9a-f]{6,}|\d+/g, "*");
}

const seconds = (time: string) => time.replace(/\.\d+Z$/, "Z");

/** Events about any of the objects, or about objects of theirs that are gone by now. */
export function eventsAbout(index: SnapshotIndex, objects: readonly SnapshotObject[]): readonly SnapshotObject[] {
  const names = new Set(objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`));
  const stems = objects.filter(({ kind }) => OWNING.has(kind)).map(({ metadata }) => `${metadata.name}-`);
  return index.ofKind("Event").filter((event) => {
    const { kind, name } = involvedOf(event);
    if (names.has(`${kind}/${name}`)) return true;
    const stem = kind === "Pod" || kind === "ReplicaSet" || kind === "Job" ? name.replace(GENERATED, "") : name;
    return stem !== name && !index.byName(kind, event.metadata.namespace, name) && stems.includes(`${stem}-`);
  });
}

const OWNING = new Set(["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob"]);
