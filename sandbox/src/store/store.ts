import { type KubeObject, keyOf, type ObjectKey } from "../object.ts";
import { type Change, createHistory } from "./history.ts";
import { createShelf, type Shelf } from "./shelf.ts";

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
    get: (storage, key) => shelf(storage).get(key),
    list: (storage, namespace) => inNamespace(shelf(storage).list(), namespace),
    listAt(storage, at) {
      const changes = history.since(at);
      return changes && rewind(shelf(storage).list(), storage, changes);
    },
    put(storage, object) {
      const previous = shelf(storage).get(keyOf(object));
      const stored = next(object);
      shelf(storage).set(stored);
      const change = { storage, object: stored, version };
      publish(previous ? { ...change, type: "MODIFIED", previous } : { ...change, type: "ADDED" });
      return stored;
    },
    remove(storage, key) {
      const previous = shelf(storage).get(key);
      if (previous === undefined) return undefined;
      shelf(storage).delete(key);
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
    all: () => [...shelves].flatMap(([storage, each]) => each.list().map((object) => [storage, object] as const)),
  };
}

function shelfIn(shelves: Map<string, Shelf>, storage: string): Shelf {
  const found = shelves.get(storage) ?? createShelf();
  shelves.set(storage, found);
  return found;
}

function inNamespace(objects: readonly KubeObject[], namespace: string | undefined): readonly KubeObject[] {
  return namespace === undefined ? objects : objects.filter(({ metadata }) => metadata.namespace === namespace);
}

/** The objects before `changes` happened. */
function rewind(now: readonly KubeObject[], storage: string, changes: readonly Change[]): readonly KubeObject[] {
  const before = createShelf(now);
  for (const change of changes.toReversed()) {
    if (change.storage !== storage) continue;
    if (change.previous === undefined) before.delete(keyOf(change.object));
    else before.set(change.previous);
  }
  return before.list();
}
