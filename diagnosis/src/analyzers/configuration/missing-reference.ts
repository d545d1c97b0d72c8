import type { FindingEvidence, Fix } from "@sre-agent/crds";
import { fromTenant } from "../../findings/draft.ts";
import { patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt } from "../../snapshot/json.ts";
import { isSlip, nearestName } from "../../snapshot/nearest-name.ts";
import { podSpecOf, podSpecPath, podSpecPointer } from "../../snapshot/pod-template.ts";
import { type Reference, referencesOf } from "../../snapshot/references.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { unmountableVolume } from "./unmountable-volume.ts";

/** Why a container does not start, in words of its own. */
export interface Reason {
  /** Equal for equal causes. */
  readonly key: string;
  /** The same object is missing for whoever refers to it. */
  readonly shared?: true;
  readonly words: string;
  readonly decide: string;
  readonly fix?: Fix | undefined;
  readonly evidence?: readonly FindingEvidence[];
}

interface Missing {
  readonly kind: string;
  readonly name?: string;
  readonly key?: string;
}

/** What a kubelet's message says is missing, with the reference that asks for it and what may have been meant. */
export function missingReference(index: SnapshotIndex, workload: SnapshotObject, message: string): Reason | undefined {
  const missing = missingIn(message);
  if (missing === undefined) return unmountableVolume(workload, message);
  const reference = referencesOf(podSpecOf(workload)).find((one) => asksFor(one, missing));
  return missing.key === undefined
    ? missingObject(index, workload, { missing, reference })
    : missingKey(index, workload, { missing, reference });
}

function missingIn(message: string): Missing | undefined {
  const [, key, keyKind, keyName] =
    /couldn't find key (\S+) in (ConfigMap|Secret) (?:[^/\s]+\/)?([^\s,]+)/.exec(message) ?? [];
  if (key && keyKind && keyName) return { kind: keyKind, name: keyName, key };
  const [, of, path] = /references non-existent (config|secret) key: (\S+)/.exec(message) ?? [];
  if (path) return { kind: of === "config" ? "ConfigMap" : "Secret", key: path };
  const [, found = "", name] = /\b(configmap|secret|persistentvolumeclaim) "([^"]+)" not found/i.exec(message) ?? [];
  return name ? { kind: KINDS[found.toLowerCase()] ?? found, name } : undefined;
}

const KINDS: Readonly<Record<string, string>> = {
  configmap: "ConfigMap",
  secret: "Secret",
  persistentvolumeclaim: "PersistentVolumeClaim",
};

function asksFor(reference: Reference, { kind, name, key }: Missing): boolean {
  return (
    reference.kind === kind &&
    (name === undefined || reference.name === name) &&
    (key === undefined || reference.key === key)
  );
}

interface Asked {
  readonly missing: Missing;
  readonly reference: Reference | undefined;
}

function missingObject(index: SnapshotIndex, workload: SnapshotObject, { missing, reference }: Asked): Reason {
  const { kind, name = "" } = missing;
  const others = index.inNamespace(kind, workload.metadata.namespace ?? "").map(({ metadata }) => metadata.name);
  const near = nearestName(name, others);
  const place = placeOf(workload, reference);
  const hint = near === undefined ? "" : `; ${kind} ${near} does`;
  return {
    shared: true,
    key: `${kind}/${name}`,
    words: `${kind} ${name} does not exist in its namespace${place}${hint}`,
    decide: `create ${kind} ${name}, or correct the reference to it${near === undefined ? "" : ` (${near}?)`}`,
    fix: near === undefined ? undefined : namePatch(index, workload, { reference, near }),
    evidence: evidenceOf(workload, reference, name),
  };
}

/** The reference follows the object whose name it misspells, when that one has the key. */
function namePatch(
  index: SnapshotIndex,
  workload: SnapshotObject,
  { reference, near }: { readonly reference: Reference | undefined; readonly near: string },
): Fix | undefined {
  if (reference === undefined || workload.kind === "Pod") return undefined;
  const { kind, name, key, pointer, nameField } = reference;
  if (!isSlip(name, near)) return undefined;
  const other = index.byName(kind, workload.metadata.namespace, near);
  if (key !== undefined && !keysOf(other).includes(key)) return undefined;
  const edit = { path: `${podSpecPointer(workload)}${pointer}/${nameField}`, from: name, to: near };
  return patchFix(workload, [edit], `read ${kind} ${near} instead of ${name}`);
}

function keysOf(source: SnapshotObject | undefined): readonly string[] {
  return source ? Object.keys({ ...objectAt(source, "data"), ...objectAt(source, "binaryData") }) : [];
}

function missingKey(index: SnapshotIndex, workload: SnapshotObject, { missing, reference }: Asked): Reason {
  const { kind, key = "" } = missing;
  const name = missing.name ?? reference?.name ?? "";
  const source = index.byName(kind, workload.metadata.namespace, name);
  const keys = keysOf(source);
  const near = nearestName(key, keys);
  const place = placeOf(workload, reference);
  const has = keys.length === 0 ? "" : `; it has ${keys.slice(0, 5).join(", ")}${keys.length > 5 ? ", …" : ""}`;
  return {
    shared: true,
    key: `${kind}/${name}/${key}`,
    words: `${kind} ${name || "of a volume"} has no key ${key}${place}${has}`,
    decide: `add key ${key} to ${kind} ${name}, or correct the reference${near === undefined ? "" : ` (${near}?)`}`,
    fix: near === undefined ? undefined : keyPatch(workload, reference, { key, near }),
    evidence: evidenceOf(workload, reference, `${name}/${key}`),
  };
}

/** The reference follows the key that it misspells: of the two sides the one that belongs to this workload. */
function keyPatch(
  workload: SnapshotObject,
  reference: Reference | undefined,
  { key, near }: { readonly key: string; readonly near: string },
): Fix | undefined {
  if (reference === undefined || reference.by !== "env" || workload.kind === "Pod" || !isSlip(key, near))
    return undefined;
  const edit = { path: `${podSpecPointer(workload)}${reference.pointer}/key`, from: key, to: near };
  return patchFix(workload, [edit], `read key ${near} of ${reference.kind} ${reference.name} instead of ${key}`);
}

function placeOf(workload: SnapshotObject, reference: Reference | undefined): string {
  return reference === undefined ? "" : ` (${podSpecPath(workload)}.${reference.path})`;
}

function evidenceOf(workload: SnapshotObject, reference: Reference | undefined, value: string) {
  return reference === undefined ? [] : [fromTenant(workload, `${podSpecPath(workload)}.${reference.path}`, value)];
}
