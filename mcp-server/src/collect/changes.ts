import {
  changesOf,
  describeChange,
  diffTemplates,
  type FieldChange,
  numberAt,
  objectAt,
  objectsAt,
  type SnapshotIndex,
  type SnapshotObject,
  textAt,
} from "@sre-agent/diagnosis";

/** Something that somebody did to the cluster. */
export interface Change {
  /** RFC 3339, in seconds; empty where it is not recorded: `kubectl scale` leaves a manager and no time. */
  readonly at: string;
  readonly object: SnapshotObject;
  readonly kind: "rollout" | "config" | "scale" | "created";
  /** In words, or empty where the kind says all; without values of env or configuration. */
  readonly what: string;
  /** The field manager; absent where nobody is recorded. */
  readonly by?: string;
}

/** An object's first write is its creation, not an edit. */
const CREATION_MS = 2_000;
const MAX_FIELDS = 6;
/** Written by controllers for every namespace; they say nothing. */
const AUTOMATIC = new Set(["kube-root-ca.crt"]);

/** The changes that the objects themselves still record, newest first. */
export function changesIn(index: SnapshotIndex, objects: readonly SnapshotObject[]): readonly Change[] {
  return objects
    .flatMap((object) => [...rollouts(index, object), ...edits(object)])
    .sort((a, b) => (a.at < b.at ? 1 : -1));
}

function rollouts(index: SnapshotIndex, object: SnapshotObject): readonly Change[] {
  if (object.kind === "Deployment") return deploymentRollouts(index, object);
  if (object.kind === "StatefulSet" || object.kind === "DaemonSet") return revisionRollouts(index, object);
  return [];
}

function deploymentRollouts(index: SnapshotIndex, object: SnapshotObject): readonly Change[] {
  return changesOf(index, object).map(({ from, to, at, by, changes, omitted }) => {
    // A revision that was returned to has an older ReplicaSet: the template's writer tells when.
    const returned = by === undefined ? undefined : templateWrite(object);
    const when = returned !== undefined && returned > at && isReused(index, object, to) ? returned : at;
    const what = `revision ${from} → ${to}: ${inWords(changes, omitted)}`;
    return { at: when, object, kind: "rollout", what, ...(by === undefined ? {} : { by }) };
  });
}

function isReused(index: SnapshotIndex, object: SnapshotObject, revision: number): boolean {
  const annotations = index
    .childrenOf(object, "ReplicaSet")
    .map(({ metadata }) => metadata.annotations ?? {})
    .find((each) => each["deployment.kubernetes.io/revision"] === String(revision));
  return annotations?.["deployment.kubernetes.io/revision-history"] !== undefined;
}

function templateWrite(object: SnapshotObject): string | undefined {
  const times = objectsAt(object, "metadata", "managedFields")
    .filter((entry) => "f:template" in objectAt(entry, "fieldsV1", "f:spec"))
    .flatMap((entry) => textAt(entry, "time") ?? []);
  return times.sort().at(-1);
}

/** StatefulSets and DaemonSets keep their templates in ControllerRevisions. */
function revisionRollouts(index: SnapshotIndex, object: SnapshotObject): readonly Change[] {
  const revisions = [...index.childrenOf(object, "ControllerRevision")].sort(
    (a, b) => (numberAt(a, "revision") ?? 0) - (numberAt(b, "revision") ?? 0),
  );
  const template = (revision: SnapshotObject | undefined) => objectAt(revision, "data", "spec", "template");
  return revisions.slice(1).map((after, position) => {
    const before = revisions[position];
    const { changes, omitted } = diffTemplates(template(before), template(after));
    const numbers = `revision ${numberAt(before, "revision")} → ${numberAt(after, "revision")}`;
    const at = after.metadata.creationTimestamp ?? "";
    return { at, object, kind: "rollout", what: `${numbers}: ${inWords(changes, omitted)}` };
  });
}

function inWords(changes: readonly FieldChange[], omitted: number): string {
  const shown = changes.slice(0, MAX_FIELDS).map((change) => describeChange(change).replaceAll("spec.template.", ""));
  const left = changes.length - shown.length + omitted;
  if (shown.length === 0) return "the template is the same";
  return `${shown.join("; ")}${left > 0 ? `; ${left} more fields` : ""}`;
}

/** Kinds whose own fields people edit, and under which member of the object. */
const EDITED: Readonly<Record<string, readonly string[]>> = {
  ConfigMap: ["data", "binaryData"],
  Secret: ["data", "stringData"],
  Service: ["spec"],
  Ingress: ["spec"],
  NetworkPolicy: ["spec"],
  HorizontalPodAutoscaler: ["spec"],
  PodDisruptionBudget: ["spec"],
  ResourceQuota: ["spec"],
  LimitRange: ["spec"],
  PersistentVolumeClaim: ["spec"],
};
const SCALED = new Set(["Deployment", "StatefulSet"]);

/** What managedFields tell: who wrote which fields last, and when; never what they held. */
function edits(object: SnapshotObject): readonly Change[] {
  if (AUTOMATIC.has(object.metadata.name) || !(object.kind in EDITED || SCALED.has(object.kind))) return [];
  const at = object.metadata.creationTimestamp ?? "";
  const written = objectsAt(object, "metadata", "managedFields")
    .filter((entry) => !(Date.parse(textAt(entry, "time") ?? "") - Date.parse(at) < CREATION_MS))
    .filter((entry) => textAt(entry, "subresource") !== "status")
    .flatMap((entry) => edit(object, entry));
  return [...written, { at, object, kind: "created", what: "" }];
}

function edit(object: SnapshotObject, entry: unknown): readonly Change[] {
  const members = EDITED[object.kind];
  const what = members === undefined ? scaled(object, entry) : fieldsWritten(entry, members);
  if (what === undefined) return [];
  const [at, by] = [textAt(entry, "time") ?? "", textAt(entry, "manager") ?? ""];
  return [{ at, object, kind: members === undefined ? "scale" : "config", what, by }];
}

/** A write of replicas that did not write the template: its manager scales. */
function scaled(object: SnapshotObject, entry: unknown): string | undefined {
  const fields = objectAt(entry, "fieldsV1", "f:spec");
  if (!("f:replicas" in fields) || "f:template" in fields) return undefined;
  return `replicas set, now ${numberAt(object, "spec", "replicas") ?? 1}`;
}

function fieldsWritten(entry: unknown, members: readonly string[]): string | undefined {
  const names = members.flatMap((member) => {
    const fields = objectAt(entry, "fieldsV1");
    const below = Object.keys(objectAt(fields, `f:${member}`)).map((name) => name.slice(2));
    if (!(`f:${member}` in fields)) return [];
    return below.length === 0 ? [member] : below.map((name) => (member === "spec" ? `spec.${name}` : name));
  });
  if (names.length === 0) return undefined;
  const left = names.length - MAX_FIELDS;
  const isData = !members.includes("spec");
  return `wrote ${isData ? "keys " : ""}${names.slice(0, MAX_FIELDS).join(", ")}${left > 0 ? ` and ${left} more` : ""}`;
}
