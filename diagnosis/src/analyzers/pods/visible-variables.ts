import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { type Json, objectAt, objectsAt, textAt } from "../../snapshot/json.ts";

/** A variable that a container gets, by the name it has there. */
export interface Variable {
  readonly name: string;
  /** `env`, or the ConfigMap or Secret of envFrom whose key it is. */
  readonly source: string;
  /** As envFrom's object has it. */
  readonly key: string;
  /** `envFrom[0].prefix TARIFF_`. */
  readonly prefix: string | undefined;
}

interface Variables {
  readonly all: readonly Variable[];
  /** Every source of envFrom was read. */
  readonly known: boolean;
}

const SOURCES = { configMapRef: "ConfigMap", secretRef: "Secret" } as const;

/** What a container's env and envFrom set. */
export function variablesOf(index: SnapshotIndex, namespace: string, container: Json): Variables {
  const env = objectsAt(container, "env").flatMap((entry) => {
    const name = textAt(entry, "name");
    return name === undefined ? [] : [{ name, source: "env", key: name, prefix: undefined }];
  });
  let known = true;
  const from = objectsAt(container, "envFrom").flatMap((entry, position) => {
    const field = (["configMapRef", "secretRef"] as const).find((one) => entry[one] !== undefined);
    const kind = field && SOURCES[field];
    const source = kind && index.byName(kind, namespace, textAt(entry, field, "name") ?? "");
    known &&= kind !== undefined && index.knows(kind);
    if (source === undefined) return [];
    const prefix = textAt(entry, "prefix") || undefined;
    return Object.keys(objectAt(source, "data")).map((key) => ({
      ...{ name: `${prefix ?? ""}${key}`, key, source: `${source.kind} ${source.metadata.name}` },
      prefix: prefix && `envFrom[${position}].prefix ${prefix}`,
    }));
  });
  return { all: [...env, ...from], known };
}
