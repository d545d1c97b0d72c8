import { type KubeObject, keyOf, type ObjectKey } from "../object.ts";
import { type Change, createHistory } from "./history.ts";

/** All objects under one rising version. It knows no kinds and no rules: those are the registry's. */
export interface Store {
  /** The version of the last change. */
  version(): number;
  get(storage: string, key: ObjectKey): KubeObject | undefined;
  /** Sorted by namespace and name. */
  list(storage: string, namespace?: string): readonly KubeObject[];
  /** The list as it was at a version, or undefined when that is forgotten. */
  listAt(storage: string, version: number): readonly KubeObject[] | undefined;
  /** Stores the object under the next version and answers it with its resourceVersion. */
  put(storage: string, object: KubeObject): KubeObject;
  remove(storage: string, key: ObjectKey): KubeObject | undefined;
  changesSince(version: number): readonly Change[] | undefined;
  /** Calls back at once and in order; ends with the returned function. */
  subscribe(listener: (change: Change) => void): () => void;
  compact(): void;
  all(): Iterable<readonly [storage: string, object: KubeObject]>;
}

/** Real versions never start at 1, so that "0" and "1" stay special. */
const FIRST_VERSION = 100;

export function createStore(historyCapacity: number): Store {
  const shelves = new Map<string, Shelf>();
  const listeners = new Set<(change: Change) => void>();
  const history = createHistory(historyCapacity, FIRST_VERSION);
  let version = FIRST_VERSION;

  const shelf = (storage: string) => shelfIn(shelves, storage);

  function publish(change: Change): void {
    history.push(change);
    for (const listener of listeners) listener(change);
  }

  function next(object: KubeObject): KubeObject {
    version += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
  }

  return {
    version: () => version,
    get: (storage, key) => shelf(storage).get(pathOf(key)),
    list: (storage, namespace) => sorted(shelf(storage).values(), namespace),
    listAt(storage, at) {
      const changes = history.since(at);
      return changes && sorted(rewind(shelf(storage), storage, changes).values());
    },
    put(storage, object) {
      const path = pathOf(keyOf(object));
      const previous = shelf(storage).get(path);
      const stored = next(object);
      shelf(storage).set(path, stored);
      const change = { storage, object: stored, version };
      publish(previous ? { ...change, type: "MODIFIED", previous } : { ...change, type: "ADDED" });
      return stored;
    },
    remove(storage, key) {
      const previous = shelf(storage).get(pathOf(key));
      if (previous === undefined) return undefined;
      shelf(storage).delete(pathOf(key));
      const object = next(previous);
      publish({ type: "DELETED", storage, object, previous, version });
      return object;
    },
    changesSince: (since) => history.since(since),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    compact: () => history.compact(version),
    all: () =>
      [...shelves].flatMap(([storage, objects]) => [...objects.values()].map((each) => [storage, each] as const)),
  };
}

type Shelf = Map<string, KubeObject>;

function shelfIn(shelves: Map<string, Shelf>, storage: string): Shelf {
  const found = shelves.get(storage) ?? new Map<string, KubeObject>();
  shelves.set(storage, found);
  return found;
}

function pathOf({ namespace, name }: ObjectKey): string {
  return `${namespace}/${name}`;
}

function sorted(objects: Iterable<KubeObject>, namespace?: string): readonly KubeObject[] {
  const keyed: [string, KubeObject][] = [];
  for (const object of objects) {
    if (namespace !== undefined && object.metadata.namespace !== namespace) continue;
    keyed.push([pathOf(keyOf(object)), object]);
  }
  return keyed.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
}

/** The shelf before `changes` happened. */
function rewind(
  now: ReadonlyMap<string, KubeObject>,
  storage: string,
  changes: readonly Change[],
): ReadonlyMap<string, KubeObject> {
  const before = new Map(now);
  for (const change of changes.toReversed()) {
    if (change.storage !== storage) continue;
    const path = pathOf(keyOf(change.object));
    if (change.previous === undefined) before.delete(path);
    else before.set(path, change.previous);
  }
  return before;
}
