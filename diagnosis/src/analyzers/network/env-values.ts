import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { type Json, objectAt, objectsAt, textAt } from "../../snapshot/json.ts";

/** An entry of env with a literal value. */
export interface EnvValue {
  readonly name: string;
  readonly position: number;
  /** As it is written. */
  readonly written: string;
  /** As the process gets it. */
  readonly value: string;
}

/**
 * The literal entries of a container's env, expanded as the kubelet does it: `$(NAME)` is what envFrom or an entry above
 * sets, and stays as it is otherwise.
 */
export function envValuesOf(index: SnapshotIndex, namespace: string, container: Json): readonly EnvValue[] {
  const above = new Map(objectsAt(container, "envFrom").flatMap((from) => [...ofSource(index, namespace, from)]));
  return objectsAt(container, "env").flatMap((entry, position) => {
    const name = textAt(entry, "name") ?? "";
    const written = textAt(entry, "value");
    const value = written === undefined ? ofKey(index, namespace, entry) : expanded(written, above);
    if (value === undefined) above.delete(name);
    else above.set(name, value);
    return written === undefined || value === undefined ? [] : [{ name, position, written, value }];
  });
}

function ofSource(index: SnapshotIndex, namespace: string, from: Json): readonly (readonly [string, string])[] {
  const source = index.byName("ConfigMap", namespace, textAt(from, "configMapRef", "name") ?? "");
  const prefix = textAt(from, "prefix") ?? "";
  return Object.entries(objectAt(source, "data")).map(([key, value]) => [`${prefix}${key}`, String(value)]);
}

function ofKey(index: SnapshotIndex, namespace: string, entry: Json): string | undefined {
  const [name = "", key = ""] = ["name", "key"].map((field) => textAt(entry, "valueFrom", "configMapKeyRef", field));
  return textAt(index.byName("ConfigMap", namespace, name), "data", key);
}

function expanded(value: string, above: ReadonlyMap<string, string>): string {
  return value.replace(/\$\$|\$\(([\w.-]+)\)/g, (text, name?: string) =>
    name === undefined ? "$" : (above.get(name) ?? text),
  );
}
