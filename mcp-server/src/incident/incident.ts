import type { PodLog, Snapshot, SnapshotObject } from "@sre-agent/diagnosis";
import { z } from "zod";

/** First line of an incident file: what it is, where it comes from, and what it lacks. */
export const INCIDENT_FORMAT = "sre-agent.dev/incident/v1";

/** The most an incident file holds; what does not fit is counted in `leftOut`. */
export const INCIDENT_LIMITS = { bytes: 32 * 1024 * 1024, logBytes: 64 * 1024, items: 50_000 } as const;

const text = (max: number) => z.string().max(max);

export const incidentHeader = z.strictObject({
  format: z.literal(INCIDENT_FORMAT),
  /** When the objects were read. */
  now: z.iso.datetime().max(40),
  /** Version of sre-agent that wrote it. */
  writer: text(64),
  /** Version of the API server. */
  server: text(128).optional(),
  namespaces: z.array(text(63)).max(10_000),
  /** What could not be read, in words. */
  gaps: z.array(text(1_024)).max(1_000),
  /** What the reader had no right to, as is usual, in words. */
  beyond: z.array(text(1_024)).max(1_000),
  /** Kinds of which nothing, or not everything, was read. */
  unread: z.array(text(253)).max(1_000),
  /** What was read and is not in the file, in words. */
  leftOut: z.array(text(1_024)).max(1_000),
});
export type IncidentHeader = z.infer<typeof incidentHeader>;

const snapshotObject = z.looseObject({
  apiVersion: text(317).min(1),
  kind: text(253).min(1),
  metadata: z.looseObject({ name: text(253).min(1), namespace: text(63).optional() }),
});

const podLog = z.strictObject({
  namespace: text(63),
  pod: text(253),
  container: text(253),
  previous: z.boolean(),
  text: text(INCIDENT_LIMITS.logBytes),
});

/** Every other line: one object, or one log. */
export const incidentItem = z.union([z.strictObject({ object: snapshotObject }), z.strictObject({ log: podLog })]);
export type IncidentItem = { readonly object: SnapshotObject } | { readonly log: PodLog };

/** A namespace at one moment, redacted: all that a diagnosis looks at. */
export interface Incident {
  readonly header: IncidentHeader;
  readonly objects: readonly SnapshotObject[];
  readonly logs: readonly PodLog[];
}

/** What `diagnose` takes; what the file lacks is a gap of the diagnosis too. */
export function snapshotOf({ header, objects, logs }: Incident): Snapshot {
  const { now, namespaces, gaps, beyond, unread, leftOut } = header;
  return { now, namespaces, objects, logs, gaps: [...gaps, ...leftOut], beyond, unread };
}
