/** What a reflector knows, by key: `namespace/name`, or `name` for cluster-scoped kinds. */
export interface Store<T> {
  get(key: string): T | undefined;
  list(): readonly T[];
  keys(): readonly string[];
  readonly size: number;
}

/** `old` and `now` are never both undefined; both are set for a change. */
export type OnChange<T> = (key: string, old: T | undefined, now: T | undefined) => void;

export interface Entry<T> {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly value: T;
}

/** A store that the reflector fills; every difference is told to `onChange`. */
export interface MutableStore<T> extends Store<T> {
  put(key: string, entry: Entry<T>): void;
  remove(key: string): void;
  /** Becomes exactly `entries`: what is not among them was deleted while nobody watched. */
  replaceAll(entries: ReadonlyMap<string, Entry<T>>): void;
}

export function createStore<T>(onChange: OnChange<T>): MutableStore<T> {
  const entries = new Map<string, Entry<T>>();

  function put(key: string, entry: Entry<T>): void {
    const old = entries.get(key);
    if (old?.uid === entry.uid) {
      if (old.resourceVersion === entry.resourceVersion) return;
      entries.set(key, entry);
      onChange(key, old.value, entry.value);
      return;
    }
    // Another uid is another object: what was tied to the first has to go first.
    remove(key);
    entries.set(key, entry);
    onChange(key, undefined, entry.value);
  }

  function remove(key: string): void {
    const old = entries.get(key);
    if (old === undefined) return;
    entries.delete(key);
    onChange(key, old.value, undefined);
  }

  return {
    put,
    remove,
    replaceAll(next) {
      for (const key of [...entries.keys()]) if (!next.has(key)) remove(key);
      for (const [key, entry] of next) put(key, entry);
    },
    get: (key) => entries.get(key)?.value,
    list: () => [...entries.values()].map(({ value }) => value),
    keys: () => [...entries.keys()],
    get size() {
      return entries.size;
    },
  };
}
