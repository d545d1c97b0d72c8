import { type Denial, deny } from "@sre-agent/crds";
import { indexSnapshot, type NeededKind, type SnapshotIndex, type SnapshotObject } from "@sre-agent/diagnosis";
import type { KindRef } from "@sre-agent/kube";
import { collectSnapshot } from "../collect/collect-snapshot.ts";
import { allowedKind, type Place, placeOf } from "./allowed-kind.ts";
import type { ReadDependencies } from "./diagnose.ts";
import { getOrNear, missingNamespace } from "./existence.ts";
import type { ToolContext } from "./tool.ts";

/** Objects of a namespace with the one that was asked about. */
export interface Surroundings {
  readonly index: SnapshotIndex;
  readonly place: Place;
  /** Absent when the whole namespace was asked about. */
  readonly object?: SnapshotObject;
  /** What could not be read, in words. */
  readonly gaps: readonly string[];
}

export interface AskedAbout {
  readonly namespace?: string | undefined;
  readonly kind?: string | undefined;
  readonly name?: string | undefined;
}

export interface Wanted {
  readonly kinds: readonly NeededKind[];
  /** Without the right to read this one there is no answer; the others are gaps. */
  readonly needed: KindRef;
}

/** Reads the kinds of a namespace, and the object that was asked about, or says why not. */
export async function surroundings(
  dependencies: ReadDependencies,
  asked: AskedAbout & { readonly context: ToolContext },
  { kinds, needed }: Wanted,
): Promise<Surroundings | Denial> {
  const { reader, now, namespace: usual } = dependencies;
  const { context } = asked;
  const place = placeOf({ namespace: asked.namespace }, { context, usual });
  if ("code" in place) return place;
  const forbidden = await context.mayRead({ kind: needed, ...place });
  if (forbidden !== null) return forbidden;
  const { mayRead, signal } = context;
  const [snapshot, about] = await Promise.all([
    collectSnapshot({ reader, scope: place, now, logs: false, kinds, mayRead, signal }),
    objectOf(asked, place, { reader, context, usual }),
  ]);
  if ("code" in about) return about;
  const isEmpty = snapshot.objects.every(({ metadata }) => metadata.namespace === undefined);
  const missing = isEmpty ? await missingNamespace(reader, place.namespace, signal) : null;
  if (missing !== null) return missing;
  return { index: indexSnapshot(snapshot), place, ...about, gaps: [...snapshot.gaps, ...(snapshot.beyond ?? [])] };
}

/** A kind without a name, or the other way round, would silently mean the whole namespace. */
async function objectOf(
  { kind, name }: AskedAbout,
  place: Place,
  question: Parameters<typeof allowedKind>[1],
): Promise<{ readonly object?: SnapshotObject } | Denial> {
  if (kind === undefined && name === undefined) return {};
  if (kind === undefined || name === undefined)
    return deny("SCHEMA_INVALID", "kind: give kind and name together, or neither.");
  const allowed = await allowedKind({ kind, ...place }, question);
  if ("code" in allowed) return allowed;
  const { ref, place: own } = allowed;
  const object = await getOrNear(question.reader, { ...ref, ...own, name }, question.context.signal);
  return "code" in object ? object : { object: { ...object, ...ref } as unknown as SnapshotObject };
}
