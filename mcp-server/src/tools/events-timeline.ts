import { type Denial, deny } from "@sre-agent/crds";
import { CONFIGURATION_KINDS, NETWORK_KINDS, SCALING_KINDS, WORKLOAD_KINDS } from "@sre-agent/diagnosis";
import { changesIn } from "../collect/changes.ts";
import { relatedTo } from "../collect/related.ts";
import { eventsAbout, type TimelineEntry, timelineOf } from "../collect/timeline.ts";
import { evidenceOf } from "../reply/evidence.ts";
import type { ReadDependencies } from "./diagnose.ts";
import { gapLine, isNamespaced, startOf } from "./looked.ts";
import { type AskedAbout, type Surroundings, surroundings } from "./surroundings.ts";
import type { ToolHandler, ToolReply } from "./tool.ts";

interface TimelineInput extends AskedAbout {
  readonly since?: string | undefined;
  readonly cursor?: string | undefined;
}

const KINDS = [...WORKLOAD_KINDS, ...CONFIGURATION_KINDS, ...NETWORK_KINDS, ...SCALING_KINDS].filter(isNamespaced);
const MAX_ENTRIES = 60;
const MAX_BYTES = 4_800;

/** Events and changes of a namespace, or around one object, oldest first; the newest page first. */
export function createEventsTimeline(dependencies: ReadDependencies): ToolHandler<TimelineInput> {
  return async (input, context) => {
    const before = parseCursor(input.cursor);
    if ("code" in before) return { ok: false, denial: before };
    const wanted = { kinds: KINDS, needed: { apiVersion: "v1", kind: "Event" } };
    const found = await surroundings(dependencies, { ...input, context }, wanted);
    if ("code" in found) return { ok: false, denial: found };
    const from = startOf(input.since, dependencies.now());
    const entries = entriesOf(found).filter(({ at }) => at >= from);
    return replyOf(found, entries.slice(0, endBefore(entries, before)));
  };
}

function entriesOf({ index, object }: Surroundings): readonly TimelineEntry[] {
  const about = object === undefined ? index.snapshot.objects : relatedTo(index, object);
  const events = object === undefined ? index.ofKind("Event") : eventsAbout(index, about);
  return timelineOf(events, changesIn(index, about));
}

function replyOf({ place, object, gaps }: Surroundings, entries: readonly TimelineEntry[]): ToolReply {
  const shown = newestFitting(entries);
  const lines = shown.map(({ at, text }) => `${at} ${text}`);
  const evidence = evidenceOf(lines.join("\n"));
  const left = entries.length - shown.length;
  const of = object === undefined ? "" : ` around ${object.kind}/${object.metadata.name}`;
  const text = [
    `[${evidence.id}] ${entries.length} entries in ${place.namespace ?? "all namespaces"}${of}, oldest first`,
    ...(left > 0
      ? [`${left} older ones: call again with cursor ${cursorOf(entries, left)}, or narrow by since or name.`]
      : []),
    ...lines,
    ...gapLine(gaps),
  ];
  return { ok: true, text: text.join("\n"), evidence: [evidence] };
}

function newestFitting(entries: readonly TimelineEntry[]): readonly TimelineEntry[] {
  let bytes = 0;
  const newestFirst = entries.slice(-MAX_ENTRIES).reverse();
  const end = newestFirst.findIndex(({ at, text }) => {
    bytes += Buffer.byteLength(at) + Buffer.byteLength(text) + 2;
    return bytes > MAX_BYTES;
  });
  return (end === -1 ? newestFirst : newestFirst.slice(0, Math.max(1, end))).reverse();
}

/** After every time. */
const END = "~";

interface Before {
  readonly at: string;
  /** Of the entries at that time, how many belong to the older pages. */
  readonly keep: number;
}

/** Says where the older entries end: by time, so that new entries do not shift it. */
function cursorOf(entries: readonly TimelineEntry[], left: number): string {
  const at = entries[left]?.at ?? "";
  return `${at}/${left - entries.findIndex((entry) => entry.at === at)}`;
}

function parseCursor(cursor: string | undefined): Before | Denial {
  if (cursor === undefined) return { at: END, keep: 0 };
  const [, at, keep] = /^(\d{4}-[\d:TZ-]+)\/(-?\d{1,4})$/.exec(cursor) ?? [];
  if (at === undefined) return deny("SCHEMA_INVALID", "cursor: is not from an earlier reply.", "Call without cursor.");
  return { at, keep: Math.max(0, Number(keep)) };
}

function endBefore(entries: readonly TimelineEntry[], { at, keep }: Before): number {
  const start = entries.findIndex((entry) => entry.at >= at);
  return start === -1 ? entries.length : start + keep;
}
