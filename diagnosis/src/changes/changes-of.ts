import type { SnapshotIndex } from "../snapshot/index-snapshot.ts";
import { numberAt, objectAt, objectsAt, textAt } from "../snapshot/json.ts";
import { isReady } from "../snapshot/pod-state.ts";
import type { SnapshotObject } from "../snapshot/snapshot.ts";
import { diffTemplates, type FieldChange } from "./diff-templates.ts";

/** A recorded state of a workload's pod template. */
export interface Revision {
  readonly number: number;
  /** The ReplicaSet of a Deployment, the ControllerRevision of a StatefulSet or DaemonSet. */
  readonly record: SnapshotObject;
  readonly template: unknown;
  /** Its pods that are there. */
  readonly pods: readonly SnapshotObject[];
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
const HASH = "controller-revision-hash";
const MAX_REVISIONS = 10;

/** The recorded revisions of a Deployment, StatefulSet or DaemonSet, oldest first; none for other kinds. */
export function revisionsOf(index: SnapshotIndex, workload: SnapshotObject): readonly Revision[] {
  return recordsOf(index, workload)
    .filter(({ number }) => number > 0)
    .sort((a, b) => a.number - b.number);
}

function recordsOf(index: SnapshotIndex, workload: SnapshotObject): readonly Revision[] {
  if (workload.kind === "Deployment")
    return index.childrenOf(workload, "ReplicaSet").map((set) => ofReplicaSet(index, set));
  if (workload.kind !== "StatefulSet" && workload.kind !== "DaemonSet") return [];
  const pods = index.childrenOf(workload, "Pod");
  return index.childrenOf(workload, "ControllerRevision").map((record) => ofControllerRevision(record, pods));
}

function ofReplicaSet(index: SnapshotIndex, replicaSet: SnapshotObject): Revision {
  return {
    number: Number.parseInt(replicaSet.metadata.annotations?.[REVISION] ?? "0", 10) || 0,
    record: replicaSet,
    template: objectAt(replicaSet, "spec", "template"),
    pods: index.childrenOf(replicaSet, "Pod"),
    desired: numberAt(replicaSet, "spec", "replicas") ?? 0,
    ready: numberAt(replicaSet, "status", "readyReplicas") ?? 0,
    createdAt: replicaSet.metadata.creationTimestamp ?? "",
  };
}

/** A StatefulSet labels its pods with the revision's name, a DaemonSet with the revision's own hash. */
function ofControllerRevision(record: SnapshotObject, all: readonly SnapshotObject[]): Revision {
  const marks = [record.metadata.name, record.metadata.labels?.[HASH]];
  const pods = all.filter(({ metadata }) => marks.includes(metadata.labels?.[HASH] ?? ""));
  return {
    number: numberAt(record, "revision") ?? 0,
    record,
    template: objectAt(record, "data", "spec", "template"),
    pods,
    desired: pods.length,
    ready: pods.filter(isReady).length,
    createdAt: record.metadata.creationTimestamp ?? "",
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

/** The difference of two revisions of one workload. */
export function changeBetween(before: Revision, after: Revision): RevisionChange {
  const diff = diffTemplates(before.template, after.template);
  return { from: before.number, to: after.number, at: after.createdAt, by: undefined, ...diff };
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
  return before === after || before.startsWith("(hidden")
    ? `changed ${what}`
    : `changed ${what} from ${before} to ${after}`;
}

function shownValue(value: string | undefined, open: string, close: string): string {
  return value === undefined || value.startsWith("(hidden") ? "" : `${open}${value}${close}`;
}
