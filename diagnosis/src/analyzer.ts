import type { Draft } from "./findings/draft.ts";
import type { SnapshotIndex } from "./snapshot/index-snapshot.ts";

export interface NeededKind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** What an analyzer has to see; what the collector could not read comes as a gap, never as "there is none". */
export interface Need {
  readonly kinds: readonly NeededKind[];
  readonly logs: "none" | "failing";
}

export interface Analyzer {
  readonly name: string;
  readonly needs: Need;
  readonly find: (index: SnapshotIndex) => readonly Draft[];
}
