import { isCustom } from "./custom-kind.ts";
import { isRecord, objectAt, textAt } from "./json.ts";
import type { LogRequest, PodLog, Snapshot, SnapshotObject } from "./snapshot.ts";
import { withSoundMetadata } from "./sound-metadata.ts";

/** A snapshot with the look-ups that analyzers need; every list is in one order whatever the order of the objects was. */
export interface SnapshotIndex {
  readonly snapshot: Snapshot;
  readonly nowMs: number;
  /** Whether the kind was read, so that a missing object is really missing. */
  knows(kind: string): boolean;
  ofKind(kind: string): readonly SnapshotObject[];
  inNamespace(kind: string, namespace: string): readonly SnapshotObject[];
  byName(kind: string, namespace: string | undefined, name: string): SnapshotObject | undefined;
  byUid(uid: string): SnapshotObject | undefined;
  childrenOf(object: SnapshotObject, kind: string): readonly SnapshotObject[];
  /** The controller at the top of the owner chain; the object itself when nothing owns it. */
  rootOf(object: SnapshotObject): SnapshotObject;
  /** Pods of a workload, also through its ReplicaSets or Jobs. */
  podsOf(workload: SnapshotObject): readonly SnapshotObject[];
  /** Objects of `kind` whose labels carry all of `selector` (matchLabels); none for an empty selector. */
  selectedBy(selector: Readonly<Record<string, string>>, kind: string, namespace: string): readonly SnapshotObject[];
  eventsOf(object: SnapshotObject): readonly SnapshotObject[];
  /** Events about objects of `kind` whose names begin with `prefix`, also about objects that are gone. */
  eventsOfPrefix(kind: string, namespace: string, prefix: string): readonly SnapshotObject[];
  logOf(request: LogRequest): PodLog | undefined;
}

const OWNER_DEPTH = 6;

interface Tables {
  readonly objects: readonly SnapshotObject[];
  readonly kinds: ReadonlyMap<string, readonly SnapshotObject[]>;
  readonly byKindAndNamespace: ReadonlyMap<string, readonly SnapshotObject[]>;
  readonly names: ReadonlyMap<string, SnapshotObject>;
  readonly uids: ReadonlyMap<string, SnapshotObject>;
  readonly children: ReadonlyMap<string, readonly SnapshotObject[]>;
  readonly events: ReadonlyMap<string, readonly SnapshotObject[]>;
  /** Dozens of analyzers ask for the root of each of thousands of pods. */
  readonly roots: Map<SnapshotObject, SnapshotObject>;
}

const knownTables = new WeakMap<Snapshot["objects"], Tables>();

/** Builds the look-ups once: linear in the number of objects, apart from one sort. */
export function indexSnapshot(given: Snapshot): SnapshotIndex {
  const tables = knownTables.get(given.objects) ?? tablesOf(given.objects);
  // The logs come after a first look at the same objects.
  knownTables.set(given.objects, tables);
  const snapshot = { ...given, objects: tables.objects };
  const logs = new Map(snapshot.logs.map((log) => [logKey(log), log]));
  const ofKind = (kind: string) => tables.kinds.get(kind) ?? [];
  const childrenOf = (object: SnapshotObject, kind: string) =>
    (tables.children.get(object.metadata.uid ?? "") ?? []).filter((child) => child.kind === kind);
  const inNamespace = (kind: string, namespace: string) => tables.byKindAndNamespace.get(`${kind}/${namespace}`) ?? [];
  return {
    snapshot,
    nowMs: Date.parse(snapshot.now),
    knows: (kind) => !(snapshot.unread ?? []).includes(kind),
    ofKind,
    inNamespace,
    byName: (kind, namespace, name) => tables.names.get(nameKey(kind, namespace, name)),
    byUid: (uid) => tables.uids.get(uid),
    childrenOf,
    rootOf: (object) => {
      const root = tables.roots.get(object) ?? rootOf(object, tables.uids);
      tables.roots.set(object, root);
      return root;
    },
    podsOf: (workload) => [
      ...childrenOf(workload, "Pod"),
      ...["ReplicaSet", "Job"].flatMap((kind) =>
        childrenOf(workload, kind).flatMap((middle) => childrenOf(middle, "Pod")),
      ),
    ],
    selectedBy: (selector, kind, namespace) =>
      inNamespace(kind, namespace).filter((object) => carriesAll(object, selector)),
    eventsOf: (object) => tables.events.get(eventKey(object)) ?? [],
    eventsOfPrefix: (kind, namespace, prefix) =>
      inNamespace("Event", namespace).filter((event) =>
        involvedKey(event).startsWith(nameKey(kind, namespace, prefix)),
      ),
    logOf: (request) => logs.get(logKey(request)),
  };
}

function tablesOf(given: Snapshot["objects"]): Tables {
  const sound = given.map(withSoundMetadata);
  const objects = sound
    .map((object) => ({ object, identity: identity(object) }))
    .sort((a, b) => compare(a.identity, b.identity))
    .map(({ object }) => object);
  const eventObjects = objects.filter(({ kind }) => kind === "Event");
  return {
    objects: sound,
    kinds: grouped(objects, ({ kind }) => [kind]),
    byKindAndNamespace: grouped(objects, ({ kind, metadata }) => [`${kind}/${metadata.namespace ?? ""}`]),
    names: new Map(
      objects.map((object) => [nameKey(object.kind, object.metadata.namespace, object.metadata.name), object]),
    ),
    uids: new Map(objects.flatMap((object) => (object.metadata.uid ? [[object.metadata.uid, object] as const] : []))),
    children: grouped(objects, ownerUids),
    events: grouped(eventObjects, (event) => [involvedKey(event)]),
    roots: new Map(),
  };
}

function grouped(
  objects: readonly SnapshotObject[],
  keysOf: (object: SnapshotObject) => readonly string[],
): Map<string, SnapshotObject[]> {
  const groups = new Map<string, SnapshotObject[]>();
  for (const object of objects) {
    for (const key of keysOf(object)) {
      const group = groups.get(key);
      if (group) group.push(object);
      else groups.set(key, [object]);
    }
  }
  return groups;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function identity({ kind, metadata }: SnapshotObject): string {
  return `${kind}/${metadata.namespace ?? ""}/${metadata.name}/${metadata.uid ?? ""}`;
}

function ownerUids(object: SnapshotObject): readonly string[] {
  const owners = object.metadata.ownerReferences ?? [];
  return owners.filter(({ controller }) => controller !== false).map(({ uid }) => uid);
}

function rootOf(object: SnapshotObject, uids: ReadonlyMap<string, SnapshotObject>): SnapshotObject {
  let current = object;
  for (let depth = 0; depth < OWNER_DEPTH; depth += 1) {
    const owner = uids.get(ownerUids(current)[0] ?? "");
    // What a custom resource makes is looked at by itself: only its controller knows what the resource asks for.
    if (owner === undefined || isCustom(owner.apiVersion)) return current;
    current = owner;
  }
  return current;
}

function carriesAll(object: SnapshotObject, selector: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries(selector);
  const labels = isRecord(object.metadata.labels) ? object.metadata.labels : {};
  return wanted.length > 0 && wanted.every(([name, value]) => labels[name] === value);
}

function nameKey(kind: string, namespace: string | undefined, name: string): string {
  return `${kind}/${namespace ?? ""}/${name}`;
}

function logKey({ namespace, pod, container, previous }: LogRequest): string {
  return `${namespace}/${pod}/${container}/${previous}`;
}

function eventKey({ kind, metadata }: SnapshotObject): string {
  return nameKey(kind, metadata.namespace, metadata.name);
}

/** core/v1 calls it involvedObject, events.k8s.io calls it regarding. */
function involvedKey(event: SnapshotObject): string {
  const involved = isRecord(event["regarding"]) ? event["regarding"] : objectAt(event, "involvedObject");
  return nameKey(textAt(involved, "kind") ?? "", textAt(involved, "namespace"), textAt(involved, "name") ?? "");
}
