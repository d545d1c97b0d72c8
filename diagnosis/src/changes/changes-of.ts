import type { SnapshotIndex } from "../snapshot/index-snapshot.ts";
import { numberAt, objectAt, objectsAt, textAt } from "../snapshot/json.ts";
import type { SnapshotObject } from "../snapshot/snapshot.ts";
import { diffTemplates, type FieldChange } from "./diff-templates.ts";

/** A recorded state of a Deployment's pod template. */
export interface Revision {
  readonly number: number;
  readonly replicaSet: SnapshotObject;
  readonly desired: number;
  readonly ready: number;
  readonly createdAt: string;
}

/** How one revision differs from the one before it. */
export interface RevisionChange {
  readonly from: number;
  readonly to: number;
  readonly at: string;
  /** The field manager that wrote the Deployment's template last; known for the newest revision only. */
  readonly by: string | undefined;
  readonly changes: readonly FieldChange[];
  readonly omitted: number;
}

const REVISION = "deployment.kubernetes.io/revision";
const MAX_REVISIONS = 10;

/** The revisions of a Deployment that its ReplicaSets still record, oldest first; none for other kinds. */
export function revisionsOf(index: SnapshotIndex, workload: SnapshotObject): readonly Revision[] {
  if (workload.kind !== "Deployment") return [];
  return index
    .childrenOf(workload, "ReplicaSet")
    .map(asRevision)
    .filter(({ number }) => number > 0)
    .sort((a, b) => a.number - b.number);
}

function asRevision(replicaSet: SnapshotObject): Revision {
  return {
    number: Number.parseInt(replicaSet.metadata.annotations?.[REVISION] ?? "0", 10) || 0,
    replicaSet,
    desired: numberAt(replicaSet, "spec", "replicas") ?? 0,
    ready: numberAt(replicaSet, "status", "readyReplicas") ?? 0,
    createdAt: replicaSet.metadata.creationTimestamp ?? "",
  };
}

/** The newest ten changes between neighbouring revisions, newest first. */
export function changesOf(index: SnapshotIndex, workload: SnapshotObject): readonly RevisionChange[] {
  const revisions = revisionsOf(index, workload);
  const newest = revisions.at(-1)?.number;
  return revisions
    .slice(1)
    .map((after, position) => changeBetween(revisions[position] ?? after, after))
    .map((change) => (change.to === newest ? { ...change, by: templateManager(workload) } : change))
    .reverse()
    .slice(0, MAX_REVISIONS);
}

/** The difference of two revisions of one Deployment. */
export function changeBetween(before: Revision, after: Revision): RevisionChange {
  const diff = diffTemplates(templateOf(before.replicaSet), templateOf(after.replicaSet));
  return { from: before.number, to: after.number, at: after.createdAt, by: undefined, ...diff };
}

function templateOf(object: SnapshotObject): unknown {
  return objectAt(object, "spec", "template");
}

/** The last manager that owns a field of the template: controllers write status and annotations only. */
function templateManager(workload: SnapshotObject): string | undefined {
  const writers = objectsAt(workload, "metadata", "managedFields")
    .filter((entry) => "f:template" in objectAt(entry, "fieldsV1", "f:spec"))
    .sort((a, b) => ((textAt(a, "time") ?? "") < (textAt(b, "time") ?? "") ? -1 : 1));
  return textAt(writers.at(-1), "manager");
}

/** `removed env DATABASE_URL at spec.template...`, `changed spec.template... from 8080 to 9090`. */
export function describeChange({ path, before, after }: FieldChange): string {
  const env = /\.env\[([^\]]+)\]$/.exec(path)?.[1];
  const what = env === undefined ? path : `env ${env} at ${path}`;
  if (after === undefined) return `removed ${what}${shownValue(before, " (was ", ")")}`;
  if (before === undefined) return `added ${what}${shownValue(after, " = ", "")}`;
  return before === after ? `changed ${what}` : `changed ${what} from ${before} to ${after}`;
}

function shownValue(value: string | undefined, open: string, close: string): string {
  return value === undefined || value.startsWith("(hidden") ? "" : `${open}${value}${close}`;
}
