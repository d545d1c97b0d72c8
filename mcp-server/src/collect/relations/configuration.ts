import {
  objectAt,
  podSpecOf,
  type Reference,
  referencesOf,
  type SnapshotIndex,
  type SnapshotObject,
  textAt,
} from "@sre-agent/diagnosis";
import { type Relate, relation, runsPods } from "./relation.ts";

const MAX_KEYS = 8;

/** ConfigMaps and Secrets that the pods take something from: are they there, and their keys; never a value. */
export const configuration: Relate = (index, object) => [
  ...relation("ConfigMaps", sources(index, object, "ConfigMap")),
  ...relation("Secrets", sources(index, object, "Secret")),
];

function sources(index: SnapshotIndex, object: SnapshotObject, kind: Reference["kind"]): readonly string[] {
  const named = referencesOf(podSpecOf(object)).filter((reference) => reference.kind === kind);
  const groups = [...Map.groupBy(named, ({ name }) => name)];
  return groups.map(([name, references]) => {
    const found = index.byName(kind, object.metadata.namespace, name);
    if (found === undefined) return `${kind}/${name} (${absence(index, references)})`;
    const keys = keysOf(found);
    const missing = references.filter(({ key }) => key !== undefined && !keys.includes(key));
    const lacks = missing.map(({ key, optional }) => `lacks key ${key}${optional ? ", which is optional" : ""}`);
    const left = keys.length - MAX_KEYS;
    const has = `keys ${keys.slice(0, MAX_KEYS).join(", ")}${left > 0 ? ` and ${left} more` : ""}`;
    return `${kind}/${name} (${[...lacks, has].join("; ")})`;
  });
}

function absence(index: SnapshotIndex, references: readonly Reference[]): string {
  const [first] = references;
  if (first !== undefined && !index.knows(first.kind)) return "no right to look";
  return references.every(({ optional }) => optional) ? "does not exist, optional" : "does not exist";
}

const keysOf = (object: SnapshotObject) =>
  ["data", "binaryData", "stringData"].flatMap((member) => Object.keys(objectAt(object, member)));

/** Claims that the pods mount, with the volume and class behind each. */
export const volumes: Relate = (index, object) => {
  const claims = object.kind === "PersistentVolumeClaim" ? [object.metadata.name] : claimNames(object);
  return relation(
    object.kind === "PersistentVolumeClaim" ? "volume" : "volumes",
    claims.map((name) => claimText(index, object, name)),
  );
};

function claimNames(object: SnapshotObject): readonly string[] {
  if (!runsPods(object)) return [];
  const claims = referencesOf(podSpecOf(object)).filter(({ kind }) => kind === "PersistentVolumeClaim");
  return [...new Set(claims.map(({ name }) => name))];
}

function claimText(index: SnapshotIndex, { metadata }: SnapshotObject, name: string): string {
  const claim = index.byName("PersistentVolumeClaim", metadata.namespace, name);
  if (claim === undefined)
    return `PersistentVolumeClaim/${name} (${index.knows("PersistentVolumeClaim") ? "does not exist" : "not read"})`;
  const volume = textAt(claim, "spec", "volumeName");
  const parts = [
    textAt(claim, "status", "phase") ?? "no phase",
    classText(index, textAt(claim, "spec", "storageClassName")),
    ...(volume === undefined ? ["no volume"] : [volumeText(index, volume)]),
  ];
  return `PersistentVolumeClaim/${name} (${parts.join("; ")})`;
}

function classText(index: SnapshotIndex, name: string | undefined): string {
  if (name === undefined || name === "") return "no class";
  const isMissing = index.knows("StorageClass") && index.byName("StorageClass", undefined, name) === undefined;
  return `class ${name}${isMissing ? ", which does not exist" : ""}`;
}

function volumeText(index: SnapshotIndex, name: string): string {
  const volume = index.byName("PersistentVolume", undefined, name);
  if (volume === undefined) return `volume ${name}`;
  return `volume ${name} ${textAt(volume, "status", "phase") ?? ""}`;
}

/** Of a ConfigMap, Secret, claim or ServiceAccount: the workloads that use it. */
export const usedBy: Relate = (index, object) => {
  const { kind, metadata } = object;
  if (!USABLE.has(kind)) return [];
  const users = index.snapshot.objects.filter(
    (each) => runsPods(each) && each.metadata.namespace === metadata.namespace && isTop(each) && uses(each, object),
  );
  const names = users.map((each) => `${each.kind}/${each.metadata.name}`);
  return relation("used by", names.length === 0 ? ["nothing that was read"] : names);
};

const USABLE = new Set(["ConfigMap", "Secret", "PersistentVolumeClaim", "ServiceAccount"]);

/** The workload itself, not what it made. */
const isTop = ({ metadata }: SnapshotObject) => (metadata.ownerReferences ?? []).length === 0;

function uses(workload: SnapshotObject, { kind, metadata }: SnapshotObject): boolean {
  const spec = podSpecOf(workload);
  if (kind === "ServiceAccount") return (textAt(spec, "serviceAccountName") ?? "default") === metadata.name;
  return referencesOf(spec).some((reference) => reference.kind === kind && reference.name === metadata.name);
}
