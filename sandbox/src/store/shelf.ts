import { type KubeObject, keyOf, type ObjectKey } from "../object.ts";

/** The objects of one storage name. */
export interface Shelf {
  get(key: ObjectKey): KubeObject | undefined;
  set(object: KubeObject): void;
  delete(key: ObjectKey): void;
  /** Sorted by namespace and name. */
  list(): readonly KubeObject[];
}

export function createShelf(initial: Iterable<KubeObject> = []): Shelf {
  const objects = new Map<string, KubeObject>();
  // Sorting thousands of objects for every reader would cost more than all the rest.
  let sorted: readonly KubeObject[] | undefined;
  const shelf: Shelf = {
    get: (key) => objects.get(pathOf(key)),
    set(object) {
      sorted = undefined;
      objects.set(pathOf(keyOf(object)), object);
    },
    delete(key) {
      sorted = undefined;
      objects.delete(pathOf(key));
    },
    list() {
      sorted ??= [...objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
      return sorted;
    },
  };
  for (const object of initial) shelf.set(object);
  return shelf;
}

function pathOf({ namespace, name }: ObjectKey): string {
  return `${namespace}/${name}`;
}
