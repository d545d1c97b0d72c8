import type { KubeObject } from "../object.ts";

export type ChangeType = "ADDED" | "MODIFIED" | "DELETED";

/** One change of one stored object. */
export interface Change {
  readonly type: ChangeType;
  readonly storage: string;
  readonly object: KubeObject;
  /** The object before, absent for ADDED. */
  readonly previous?: KubeObject;
  readonly version: number;
}

/** The latest changes, oldest first, at most `capacity` of them. */
export interface History {
  push(change: Change): void;
  /** Changes after `version`, or undefined when some of them are forgotten. */
  since(version: number): readonly Change[] | undefined;
  /** Forgets everything up to now, as etcd's compaction does. */
  compact(version: number): void;
}

export function createHistory(capacity: number, start: number): History {
  let changes: Change[] = [];
  let oldest = start;

  function drop(count: number): void {
    const last = changes[count - 1];
    if (last === undefined) return;
    oldest = last.version;
    changes = changes.slice(count);
  }

  return {
    push(change) {
      changes.push(change);
      // Cutting in blocks keeps a push cheap.
      if (changes.length > capacity * 2) drop(changes.length - capacity);
    },
    since: (version) => (version < oldest ? undefined : changes.filter((change) => change.version > version)),
    compact(version) {
      changes = [];
      oldest = version;
    },
  };
}
