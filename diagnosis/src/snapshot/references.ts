import { isRecord, objectsAt, textAt, valueAt } from "./json.ts";

/** What a pod spec takes from another object of its namespace. */
export interface Reference {
  readonly kind: "ConfigMap" | "Secret" | "PersistentVolumeClaim";
  readonly name: string;
  /** The key, where one is named. */
  readonly key?: string;
  /** May be missing. */
  readonly optional: boolean;
  /** env: read once, when the container starts. volume: the kubelet updates the files, unless mounted by subPath. */
  readonly by: "env" | "volume";
  /** The container whose env it is; absent for volumes. */
  readonly container?: string;
  /** Volume name, for volumes. */
  readonly volume?: string;
  /** Below the pod spec, for people: `containers[web].env[PORT].valueFrom.configMapKeyRef`. */
  readonly path: string;
  /** Below the pod spec, as JSON pointer to the reference object, whose `name`, `key` or `secretName` field is wrong. */
  readonly pointer: string;
  readonly nameField: "name" | "secretName" | "claimName";
}

/** Every reference of a pod spec to ConfigMaps, Secrets and claims, in the order of the spec. */
export function referencesOf(podSpec: unknown): readonly Reference[] {
  const containers = ["initContainers", "containers"].flatMap((list) =>
    objectsAt(podSpec, list).flatMap((container, position) => envReferences(container, { list, position })),
  );
  const volumes = objectsAt(podSpec, "volumes").flatMap(volumeReferences);
  return [...containers, ...volumes];
}

interface Place {
  readonly list: string;
  readonly position: number;
}

function envReferences(container: unknown, { list, position }: Place): readonly Reference[] {
  const name = textAt(container, "name") ?? "";
  const at = { path: `${list}[${name}]`, pointer: `/${list}/${position}` };
  const env = objectsAt(container, "env").flatMap((entry, index) =>
    // Most are plain values: no texts are made for them.
    (entry["valueFrom"] === undefined ? [] : Object.entries(KEY_REFERENCES)).flatMap(([field, kind]) =>
      reference(valueAt(entry, "valueFrom", field), {
        ...{ kind, by: "env", container: name, nameField: "name" },
        path: `${at.path}.env[${textAt(entry, "name") ?? index}].valueFrom.${field}`,
        pointer: `${at.pointer}/env/${index}/valueFrom/${field}`,
      }),
    ),
  );
  const from = objectsAt(container, "envFrom").flatMap((entry, index) =>
    Object.entries(WHOLE_REFERENCES).flatMap(([field, kind]) =>
      reference(entry[field], {
        ...{ kind, by: "env", container: name, nameField: "name" },
        path: `${at.path}.envFrom[${index}].${field}`,
        pointer: `${at.pointer}/envFrom/${index}/${field}`,
      }),
    ),
  );
  return [...env, ...from];
}

const KEY_REFERENCES = { configMapKeyRef: "ConfigMap", secretKeyRef: "Secret" } as const;
const WHOLE_REFERENCES = { configMapRef: "ConfigMap", secretRef: "Secret" } as const;

type Partial = Omit<Reference, "name" | "key" | "optional">;

function reference(found: unknown, partial: Partial): readonly Reference[] {
  const name = textAt(found, partial.nameField);
  if (!isRecord(found) || name === undefined || name === "") return [];
  const key = textAt(found, "key");
  return [{ ...partial, name, optional: found["optional"] === true, ...(key === undefined ? {} : { key }) }];
}

function volumeReferences(volume: unknown, index: number): readonly Reference[] {
  const name = textAt(volume, "name") ?? "";
  // Most volumes hold one of these at most: texts are made for what is there.
  const read = (found: unknown, kind: Reference["kind"], field: string) => {
    if (!isRecord(found)) return [];
    const at = { path: `volumes[${name}].${field}`, pointer: `/volumes/${index}/${field}` };
    return itemReferences(found, { by: "volume", volume: name, kind, nameField: NAME_FIELDS[field] ?? "name", ...at });
  };
  const projected = objectsAt(volume, "projected", "sources").flatMap((source, position) => [
    ...read(source["configMap"], "ConfigMap", `projected/sources/${position}/configMap`),
    ...read(source["secret"], "Secret", `projected/sources/${position}/secret`),
  ]);
  return [
    ...read(valueAt(volume, "configMap"), "ConfigMap", "configMap"),
    ...read(valueAt(volume, "secret"), "Secret", "secret"),
    ...read(valueAt(volume, "persistentVolumeClaim"), "PersistentVolumeClaim", "persistentVolumeClaim"),
    ...projected,
  ];
}

const NAME_FIELDS: Readonly<Record<string, Reference["nameField"]>> = {
  secret: "secretName",
  persistentVolumeClaim: "claimName",
};

/** A volume's whole object, or one reference for each key that its items name. */
function itemReferences(found: unknown, partial: Partial): readonly Reference[] {
  const items = objectsAt(found, "items");
  const whole = reference(found, partial);
  if (items.length === 0) return whole;
  return items.flatMap((item, position) => {
    const key = textAt(item, "key");
    const at = { path: `${partial.path}.items[${key ?? position}]`, pointer: partial.pointer };
    return whole.map((one) => ({ ...one, ...at, ...(key === undefined ? {} : { key }) }));
  });
}
