import { lastEdit } from "../../changes/last-edit.ts";
import { type Draft, draft, fromTenant } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import { isCustom } from "../../snapshot/custom-kind.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { isRecord, type Json, objectAt, objectsAt, textAt } from "../../snapshot/json.ts";
import { nearestName } from "../../snapshot/nearest-name.ts";
import { ageMs } from "../../snapshot/pod-state.ts";
import { sees } from "../../snapshot/scope.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { WRITTEN } from "./made-object.ts";

/** Controllers make some of what their resources name, and people apply objects in any order. */
const PATIENCE_MS = 60_000;
const CHECKED = new Set([
  ...["ConfigMap", "Secret", "Service", "ServiceAccount", "PersistentVolumeClaim"],
  ...["Deployment", "StatefulSet", "DaemonSet", "CronJob"],
]);
const MAX_REFERENCES = 100;

/** Custom resources whose spec refers to an object, or to a key of one, that is not in their namespace. */
export function customReference(index: SnapshotIndex): readonly Draft[] {
  return index.snapshot.objects
    .filter(({ apiVersion, metadata }) => isCustom(apiVersion) && metadata.deletionTimestamp === undefined)
    .filter((object) => sees(index, object.metadata.namespace ?? "") && !isDone(object))
    .filter(({ metadata }) => (ageMs(index.nowMs, metadata.creationTimestamp) ?? 0) > PATIENCE_MS)
    .flatMap((object) => referencesIn(object).flatMap((one) => referenceFinding(index, object, one)));
}

/** Its controller has what it needs. */
function isDone(object: SnapshotObject): boolean {
  return objectsAt(object, "status", "conditions").some(
    ({ type, status }) => ["Ready", "Available", "Synced", "Accepted"].includes(String(type)) && status === "True",
  );
}

interface Reference {
  readonly kind: string;
  readonly name: string;
  readonly key: string | undefined;
  readonly path: string;
}

/** By the conventions of the Kubernetes API: `secretRef`, `configMapKeyRef`, `backendRefs`, or `kind` and `name`. */
function referencesIn(object: SnapshotObject): readonly Reference[] {
  const found: Reference[] = [];
  const queue: { readonly field: string; readonly path: string; readonly value: unknown }[] = [
    { field: "", path: "spec", value: object["spec"] },
  ];
  for (let next = queue.shift(); next !== undefined && found.length < MAX_REFERENCES; next = queue.shift()) {
    const { field, path, value } = next;
    if (Array.isArray(value)) queue.push(...value.map((item, at) => ({ field, path: `${path}[${at}]`, value: item })));
    if (!isRecord(value)) continue;
    const one = referenceAt(object, field, value);
    if (one !== undefined) found.push({ ...one, path });
    queue.push(...Object.entries(value).map(([name, item]) => ({ field: name, path: `${path}.${name}`, value: item })));
  }
  return found;
}

function referenceAt(object: SnapshotObject, field: string, value: Json): Omit<Reference, "path"> | undefined {
  const name = textAt(value, "name");
  const kind = textAt(value, "kind") ?? impliedKind(field);
  const away = (textAt(value, "namespace") ?? object.metadata.namespace) !== object.metadata.namespace;
  const unsure = away || value["optional"] === true || WRITTEN.test(field) || !/Refs?$/.test(field);
  if (name === undefined || name === "" || kind === undefined || unsure || !CHECKED.has(kind)) return undefined;
  return { kind, name, key: textAt(value, "key") };
}

function impliedKind(field: string): string | undefined {
  if (/secret(?:Key)?Refs?$/i.test(field)) return "Secret";
  if (/configMap(?:Key)?Refs?$/i.test(field)) return "ConfigMap";
  if (/serviceAccountRefs?$/i.test(field)) return "ServiceAccount";
  if (field === "scaleTargetRef") return "Deployment";
  return /^(?:service|backend)Refs?$/.test(field) ? "Service" : undefined;
}

/** The field that is wrong, its value, and what was probably meant. */
interface Absent {
  readonly field: "name" | "key";
  readonly value: string;
  readonly words: string;
  readonly near: string | undefined;
}

function absentIn(index: SnapshotIndex, object: SnapshotObject, { kind, name, key }: Reference): Absent | undefined {
  const target = index.byName(kind, object.metadata.namespace, name);
  if (target === undefined) {
    const names = index.inNamespace(kind, object.metadata.namespace ?? "").map(({ metadata }) => metadata.name);
    const near = nearestName(name, names);
    return { field: "name", value: name, words: `${kind}/${name}, which does not exist`, near };
  }
  const keys = Object.keys({ ...objectAt(target, "data"), ...objectAt(target, "binaryData") });
  if (key === undefined || keys.includes(key) || !["Secret", "ConfigMap"].includes(kind)) return undefined;
  const words = `key ${key} of ${kind}/${name}, which has none`;
  return { field: "key", value: key, words, near: nearestName(key, keys) };
}

function referenceFinding(index: SnapshotIndex, object: SnapshotObject, reference: Reference): readonly Draft[] {
  const absent = index.knows(reference.kind) ? absentIn(index, object, reference) : undefined;
  if (absent === undefined) return [];
  const { field, value, words, near } = absent;
  const path = `${reference.path}.${field}`;
  const who = `${object.kind}/${object.metadata.name}`;
  return [
    draft({
      analyzer: "custom-reference",
      layer: "apart",
      severity: "warning",
      subject: object,
      causeKey: [path],
      cause: `${path} of ${who} names ${words}${near === undefined ? "" : `; the nearest is ${near}`}`,
      symptom: `refers to ${reference.kind}/${reference.name}`,
      evidence: [fromTenant(object, path, value)],
      change: lastEdit(object, "spec"),
      fix: decision(`correct ${path} of ${who}${near === undefined ? "" : ` (${near}?)`}, or create what it names`),
    }),
  ];
}
