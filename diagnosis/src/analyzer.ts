import type { Draft } from "./findings/draft.ts";
import type { NeededKind } from "./needed-kinds.ts";
import type { SnapshotIndex } from "./snapshot/index-snapshot.ts";

/**
 * One check over the object graph: pure, and silent on what it cannot see. What the collector could not read comes as a
 * gap, never as "there is none": an analyzer that concludes from absence asks `index.knows(kind)` first.
 */
export interface Analyzer {
  /** Kebab-case; the prefix of its findings' ids. */
  readonly name: string;
  /** The kinds it looks at. */
  readonly kinds: readonly NeededKind[];
  readonly find: (index: SnapshotIndex) => readonly Draft[];
}
