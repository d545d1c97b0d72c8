import { carriesAll } from "./label-selector.ts";
import type { SnapshotObject } from "./snapshot.ts";

export interface Labelled {
  /** Those that carry all of `selector`, in the order that they came in; all of them for an empty selector. */
  carrying(selector: Readonly<Record<string, unknown>>): readonly SnapshotObject[];
}

/** Looks objects up by labels: what does not carry the rarest of those that are asked for is not looked at. */
export function byLabels(
  objects: readonly SnapshotObject[],
  labelsOf: (object: SnapshotObject) => Readonly<Record<string, unknown>>,
): Labelled {
  const carriers = new Map<string, SnapshotObject[]>();
  for (const object of objects) {
    for (const [name, value] of Object.entries(labelsOf(object))) {
      const key = keyOf(name, value);
      const group = carriers.get(key);
      if (group) group.push(object);
      else carriers.set(key, [object]);
    }
  }
  return {
    carrying(selector) {
      const groups = Object.entries(selector).map(([name, value]) => carriers.get(keyOf(name, value)) ?? []);
      const [rarest = objects] = groups.sort((a, b) => a.length - b.length);
      return rarest.filter((object) => carriesAll(labelsOf(object), selector));
    },
  };
}

/** Values of odd objects need not be texts: `1` is not `"1"`. */
function keyOf(name: string, value: unknown): string {
  return `${name}=${JSON.stringify(value)}`;
}
