import type { PodLog, Snapshot, SnapshotObject } from "@sre-agent/diagnosis";
import { normalise, type Pseudonym, redact } from "@sre-agent/redaction";
import { hideValues } from "./hide-values.ts";
import { INCIDENT_FORMAT, INCIDENT_LIMITS, type IncidentHeader, type IncidentItem } from "./incident.ts";

export interface WriteOptions {
  readonly pseudonym: Pseudonym;
  /** Version of sre-agent. */
  readonly writer: string;
  /** Version of the API server. */
  readonly server?: string;
  /** Of the whole text; default 32 MiB. */
  readonly maxBytes?: number;
}

export interface WrittenIncident {
  /** JSON Lines: the header, then an object or a log each. */
  readonly text: string;
  readonly header: IncidentHeader;
  readonly objects: number;
  readonly logs: number;
}

/** A snapshot as an incident file: redacted, within bounds, with what was left out told by kind. Pure. */
export function writeIncident(snapshot: Snapshot, options: WriteOptions): WrittenIncident {
  const { pseudonym, writer, server, maxBytes = INCIDENT_LIMITS.bytes } = options;
  const { objects, logs } = hideValues({ objects: byImportance(snapshot.objects), logs: snapshot.logs }, pseudonym);
  const items: readonly IncidentItem[] = [
    ...logs.map((log) => ({ log: bounded(log) })),
    ...objects.map((object) => ({ object: withoutBulk(object) })),
  ];
  const { lines, kept, leftOut, cut } = fitting(items, maxBytes);
  const header: IncidentHeader = {
    format: INCIDENT_FORMAT,
    now: snapshot.now,
    writer,
    ...(server === undefined ? {} : { server }),
    namespaces: [...snapshot.namespaces],
    gaps: words(snapshot.gaps, pseudonym),
    beyond: words(snapshot.beyond ?? [], pseudonym),
    unread: [...new Set([...(snapshot.unread ?? []), ...cut])],
    leftOut: [...leftOut],
  };
  const written = kept.filter((item) => "log" in item).length;
  return {
    text: `${[JSON.stringify(header), ...lines].join("\n")}\n`,
    header,
    objects: kept.length - written,
    logs: written,
  };
}

function words(sentences: readonly string[], pseudonym: Pseudonym): string[] {
  return sentences.slice(0, 1_000).map((text) => redact(normalise(text), { pseudonym }).text.slice(0, 1_024));
}

/** Events last, the newest of them first: where the bound cuts, it cuts the oldest. */
function byImportance(objects: readonly SnapshotObject[]): readonly SnapshotObject[] {
  const isEvent = ({ kind }: SnapshotObject) => kind === "Event";
  const events = objects.filter(isEvent).sort((a, b) => (createdAt(a) > createdAt(b) ? -1 : 1));
  return [...objects.filter((object) => !isEvent(object)), ...events];
}

const createdAt = ({ metadata }: SnapshotObject) => metadata.creationTimestamp ?? "";

function bounded(log: PodLog): PodLog {
  return { ...log, text: log.text.slice(-INCIDENT_LIMITS.logBytes) };
}

/** Lists that are long and explain nothing: the images on a node, the schema of a custom resource. */
function withoutBulk(object: SnapshotObject): SnapshotObject {
  if (object.kind === "Node") return { ...object, status: without(object["status"], "images") };
  if (object.kind !== "CustomResourceDefinition") return object;
  const spec = (object["spec"] ?? {}) as { readonly versions?: readonly unknown[] };
  return { ...object, spec: { ...spec, versions: (spec.versions ?? []).map((version) => without(version, "schema")) } };
}

function without(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
}

function fitting(items: readonly IncidentItem[], maxBytes: number) {
  const kept: IncidentItem[] = [];
  const lines: string[] = [];
  const dropped = new Map<string, number>();
  let bytes = 0;
  for (const item of items) {
    const line = JSON.stringify(item);
    const size = Buffer.byteLength(line) + 1;
    if (bytes + size > maxBytes || kept.length >= INCIDENT_LIMITS.items) {
      const kind = "log" in item ? "log" : item.object.kind;
      dropped.set(kind, (dropped.get(kind) ?? 0) + 1);
      continue;
    }
    bytes += size;
    lines.push(line);
    kept.push(item);
  }
  const leftOut = [...dropped].map(([kind, count]) => `${count} of kind ${kind} did not fit into ${maxBytes} bytes`);
  return { kept, lines, leftOut, cut: [...dropped.keys()] };
}
