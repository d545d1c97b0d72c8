import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt, objectsAt, textAt, textsAt } from "../../snapshot/json.ts";
import { podSpecOf, podSpecPath } from "../../snapshot/pod-template.ts";
import { referencesOf } from "../../snapshot/references.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { envValuesOf } from "./env-values.ts";

/** A text that tells a workload something, whatever its form, and where it is written. */
export interface WrittenText {
  /** The workload, or the ConfigMap that it reads. */
  readonly source: SnapshotObject;
  readonly path: string;
  /** `env PEERS of container db`. */
  readonly words: string;
  readonly text: string;
}

const MAX_TEXT = 20_000;

/** The env, arguments and ConfigMaps of a workload. */
export function writtenTexts(index: SnapshotIndex, client: SnapshotObject): readonly WrittenText[] {
  const own = ["initContainers", "containers"].flatMap((list) =>
    objectsAt(podSpecOf(client), list).flatMap((container) => {
      const name = textAt(container, "name") ?? "";
      const at = `${podSpecPath(client)}.${list}[${name}]`;
      const env = envValuesOf(index, client.metadata.namespace ?? "", container).map((entry) => ({
        ...{ path: `${at}.env[${entry.name}]`, words: `env ${entry.name} of container ${name}`, text: entry.value },
      }));
      const told = ["command", "args"].map((field) => ({
        ...{
          path: `${at}.${field}`,
          words: `${field} of container ${name}`,
          text: textsAt(container, field).join(" "),
        },
      }));
      return [...env, ...told];
    }),
  );
  const texts = [...own.map((one) => ({ ...one, source: client })), ...inConfiguration(index, client)];
  return texts.map((one) => ({ ...one, text: one.text.slice(0, MAX_TEXT) }));
}

function inConfiguration(index: SnapshotIndex, client: SnapshotObject): readonly WrittenText[] {
  const taken = referencesOf(podSpecOf(client)).filter(({ kind }) => kind === "ConfigMap");
  const texts = taken.flatMap(({ name, key }) => {
    const source = index.byName("ConfigMap", client.metadata.namespace, name);
    const entries = Object.entries(objectAt(source, "data")).filter(([one]) => (key ?? one) === one);
    return entries.flatMap(([one, value]) =>
      source === undefined
        ? []
        : [{ source, path: `data[${one}]`, words: `key ${one} of ConfigMap/${name}`, text: String(value) }],
    );
  });
  return [...new Map(texts.map((one) => [`${one.source.metadata.name}/${one.path}`, one])).values()];
}
