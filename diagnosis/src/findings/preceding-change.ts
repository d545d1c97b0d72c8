import type { PrecedingChange } from "@sre-agent/crds";
import { changesOf, type Revision, type RevisionChange, revisionsOf } from "../changes/changes-of.ts";
import { describeChanges } from "../changes/describe-changes.ts";
import { isObserved } from "../health.ts";
import type { SnapshotIndex } from "../snapshot/index-snapshot.ts";
import type { SnapshotObject } from "../snapshot/snapshot.ts";
import { clip, subjectOf } from "./draft.ts";

/** The revision whose pods fail, when it is the newest one, and what it changed. */
export interface BadRevision {
  readonly newest: Revision;
  readonly change: RevisionChange;
}

/**
 * The newest revision when all of `pods` (or its record, where it has none) belong to it and an earlier one is recorded. Undefined while the controller has
 * not seen the newest spec: then the newest revision is not what the spec asks for.
 */
export function badRevision(
  index: SnapshotIndex,
  workload: SnapshotObject,
  pods: readonly SnapshotObject[],
): BadRevision | undefined {
  const newest = revisionsOf(index, workload).at(-1);
  const change = changesOf(index, workload)[0];
  if (newest === undefined || change === undefined || !isObserved(workload)) return undefined;
  const own = new Set([newest.record, ...newest.pods].map(({ metadata }) => metadata.uid));
  const all = pods.every(({ metadata }) => own.has(metadata.uid));
  return all && pods.length > 0 ? { newest, change } : undefined;
}

const MAX_FIELDS_IN_SENTENCE = 3;

/** `revision 2 removed env DATABASE_URL at spec...`; undefined when the templates do not differ. */
export function changeSentence(change: RevisionChange): string | undefined {
  if (change.changes.length === 0) return undefined;
  const all = describeChanges(change.changes);
  const named = all.slice(0, MAX_FIELDS_IN_SENTENCE);
  const more = all.length + change.omitted - named.length;
  return `revision ${change.to} ${named.join(" and ")}${more > 0 ? ` and ${more} more fields` : ""}`;
}

export function precedingChange(workload: SnapshotObject, change: RevisionChange): PrecedingChange | undefined {
  const what = changeSentence(change);
  if (what === undefined) return undefined;
  return {
    object: subjectOf(workload),
    what: clip(what, 1000),
    at: change.at,
    ...(change.by ? { by: clip(change.by, 256) } : {}),
  };
}
