import type { SnapshotIndex } from "./index-snapshot.ts";
import { isRecord, type Json, numberAt, objectAt, objectsAt, textAt } from "./json.ts";

/** One file that a ConfigMap or Secret puts into a volume. */
interface MountedFile {
  /** Below the volume. */
  readonly path: string;
  readonly mode: number;
}

/** A ConfigMap or Secret of a volume. */
export interface FileSource {
  readonly kind: "ConfigMap" | "Secret";
  readonly name: string;
  readonly optional: boolean;
  /** Below the pod spec, for people: `volumes[etc].projected.sources[1].secret`. */
  readonly path: string;
  /** Below the pod spec, as JSON pointer to the field with the name. */
  readonly nameField: string;
  /** Whether the object exists; a key alone may be missing too. */
  readonly exists: boolean;
  readonly files: readonly MountedFile[];
  /** It takes the keys that its items name, not all. */
  readonly picks: boolean;
}

/** What configuration puts into a volume. */
export interface VolumeFiles {
  readonly sources: readonly FileSource[];
  /** Nothing else can add files, and everything about them was read. */
  readonly known: boolean;
}

const DEFAULT_MODE = 0o644;
const FIELDS = { configMap: "ConfigMap", secret: "Secret" } as const;

/** The files of a volume that ConfigMaps and Secrets make; undefined for other volumes. */
export function volumeFiles(index: SnapshotIndex, { namespace, podSpec, volume }: VolumeOf): VolumeFiles | undefined {
  const position = objectsAt(podSpec, "volumes").findIndex(({ name }) => name === volume);
  const spec = objectsAt(podSpec, "volumes")[position] ?? {};
  const at = { path: `volumes[${volume}]`, pointer: `/volumes/${position}` };
  const projected = isRecord(spec["projected"]);
  const parts = projected ? partsOfProjected(spec, at) : partsIn(spec, { ...at, mode: modeOf(spec) });
  if (parts.length === 0 && !projected) return undefined;
  const sources = parts.flatMap((part) => sourceOf(index, namespace, part));
  const others = objectsAt(spec, "projected", "sources").some((source) => fieldsIn(source).length === 0);
  return { sources, known: !others && sources.length > 0 && sources.every(({ kind }) => index.knows(kind)) };
}

interface VolumeOf {
  readonly namespace: string;
  readonly podSpec: unknown;
  /** Its name. */
  readonly volume: string;
}

interface Part {
  readonly field: keyof typeof FIELDS;
  readonly found: Json;
  readonly at: Place;
}

function partsOfProjected(spec: Json, { path, pointer }: Omit<Place, "mode">): readonly Part[] {
  const mode = numberAt(spec, "projected", "defaultMode") ?? DEFAULT_MODE;
  return objectsAt(spec, "projected", "sources").flatMap((source, position) =>
    partsIn(source, {
      path: `${path}.projected.sources[${position}]`,
      pointer: `${pointer}/projected/sources/${position}`,
      mode,
    }),
  );
}

function partsIn(holder: Json, { path, pointer, mode }: Place): readonly Part[] {
  return fieldsIn(holder).map((field) => ({
    field,
    found: objectAt(holder, field),
    at: { path: `${path}.${field}`, pointer: `${pointer}/${field}`, mode },
  }));
}

function modeOf(spec: Json): number {
  return numberAt(spec, "configMap", "defaultMode") ?? numberAt(spec, "secret", "defaultMode") ?? DEFAULT_MODE;
}

function fieldsIn(value: Json): readonly (keyof typeof FIELDS)[] {
  return (["configMap", "secret"] as const).filter((field) => isRecord(value[field]));
}

interface Place {
  readonly path: string;
  readonly pointer: string;
  readonly mode: number;
}

function sourceOf(index: SnapshotIndex, namespace: string, { found, field, at }: Part): readonly FileSource[] {
  const nameField = textAt(found, "secretName") === undefined ? "name" : "secretName";
  const name = textAt(found, nameField);
  if (name === undefined) return [];
  const kind = FIELDS[field];
  const object = index.byName(kind, namespace, name);
  const keys = Object.keys({ ...objectAt(object, "data"), ...objectAt(object, "binaryData") });
  const items = objectsAt(found, "items").filter((item) => keys.includes(textAt(item, "key") ?? ""));
  const picked = items.map((item) => ({ path: textAt(item, "path") ?? "", mode: numberAt(item, "mode") ?? at.mode }));
  const picks = objectsAt(found, "items").length > 0;
  return [
    {
      ...{ kind, name, path: at.path, nameField: `${at.pointer}/${nameField}`, picks },
      optional: found["optional"] === true,
      exists: object !== undefined,
      files: picks ? picked : keys.map((path) => ({ path, mode: at.mode })),
    },
  ];
}
