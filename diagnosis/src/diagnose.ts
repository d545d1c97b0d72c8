import type { Finding } from "@sre-agent/crds";
import { ANALYZERS } from "./analyzers/all.ts";
import type { Draft } from "./findings/draft.ts";
import { hideEnvValues } from "./findings/hide-env-values.ts";
import { ranked } from "./findings/rank.ts";
import { withSoundPatches } from "./findings/sound-patches.ts";
import type { NeededKind } from "./needed-kinds.ts";
import { indexSnapshot, type SnapshotIndex } from "./snapshot/index-snapshot.ts";
import type { Snapshot } from "./snapshot/snapshot.ts";

/** The kinds that some analyzer reads: what a collector has to list. */
export const REQUIRED_KINDS: readonly NeededKind[] = uniqueKinds(ANALYZERS.flatMap(({ kinds }) => kinds));

function uniqueKinds(kinds: readonly NeededKind[]): readonly NeededKind[] {
  return [...new Map(kinds.map((ref) => [`${ref.apiVersion}/${ref.kind}`, ref])).values()];
}

/** The root causes in a snapshot, worst first; an empty list when nothing is wrong with what was read. Pure. */
export function diagnose(snapshot: Snapshot): readonly Finding[] {
  const index = indexSnapshot(snapshot);
  const drafts = draftsOf(index);
  return hideEnvValues(index, withSoundPatches(ranked(drafts), { index, drafts }, draftsOf));
}

function draftsOf(index: SnapshotIndex): readonly Draft[] {
  return ANALYZERS.flatMap(({ find }) => find(index));
}
