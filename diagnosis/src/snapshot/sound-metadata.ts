import { isRecord } from "./json.ts";
import type { SnapshotMeta, SnapshotObject, SnapshotOwner } from "./snapshot.ts";

/** The object with metadata of the types that it promises: what is of another shape is left out. */
export function withSoundMetadata(object: SnapshotObject): SnapshotObject {
  const { metadata } = object;
  const sound = isSound(metadata);
  return sound ? object : { ...object, metadata: soundMetadata(metadata) };
}

const TEXTS = ["namespace", "uid", "creationTimestamp", "deletionTimestamp"] as const;
const MAPS = ["labels", "annotations"] as const;

/** Nearly every object is: it stays as it is, without a copy. */
function isSound(metadata: SnapshotMeta): boolean {
  const { generation, ownerReferences } = metadata;
  return (
    TEXTS.every((field) => metadata[field] === undefined || typeof metadata[field] === "string") &&
    MAPS.every((field) => metadata[field] === undefined || isTextMap(metadata[field])) &&
    (generation === undefined || typeof generation === "number") &&
    (ownerReferences === undefined || (Array.isArray(ownerReferences) && ownerReferences.every(isOwner)))
  );
}

function soundMetadata(metadata: SnapshotMeta): SnapshotMeta {
  const { name, generation, ownerReferences, labels: _l, annotations: _a, ...rest } = metadata;
  const { namespace: _n, uid: _u, creationTimestamp: _c, deletionTimestamp: _d, ...others } = rest;
  const texts = TEXTS.flatMap((field) =>
    typeof metadata[field] === "string" ? [[field, metadata[field]] as const] : [],
  );
  const maps = MAPS.flatMap((field) => (isRecord(metadata[field]) ? [[field, textsOf(metadata[field])] as const] : []));
  return {
    ...others,
    name,
    ...Object.fromEntries([...texts, ...maps]),
    ...(typeof generation === "number" ? { generation } : {}),
    ...(Array.isArray(ownerReferences) ? { ownerReferences: ownerReferences.filter(isOwner) } : {}),
  };
}

function isTextMap(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every((one) => typeof one === "string");
}

function textsOf(value: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === "string"),
  );
}

function isOwner(value: unknown): value is SnapshotOwner {
  return isRecord(value) && ["kind", "name", "uid"].every((field) => typeof value[field] === "string");
}
