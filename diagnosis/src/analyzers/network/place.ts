import { pointerStep } from "../../findings/fix.ts";
import type { ContainerPlace } from "../../snapshot/container-place.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt } from "../../snapshot/json.ts";
import { podSpecOf } from "../../snapshot/pod-template.ts";
import { referencesOf } from "../../snapshot/references.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import type { EnvValue } from "./env-values.ts";

/** Where a text stands that tells a workload something. */
export interface Place {
  /** The workload itself, or the ConfigMap it reads. */
  readonly source: SnapshotObject;
  /** For people: `spec.template.spec.containers[web].env[API_URL]`. */
  readonly path: string;
  /** `env API_URL of container web`. */
  readonly words: string;
  /** The literal and the JSON pointer to it, where the text is one setting. */
  readonly setting?: Setting | undefined;
}

interface Setting {
  readonly pointer: string;
  readonly value: string;
}

/** The place of a text that is one setting. */
export type SettingPlace = Place & { readonly setting: Setting };

/** An entry of a container's env. */
export function envPlace(
  client: SnapshotObject,
  at: ContainerPlace,
  { name, position, written }: Omit<EnvValue, "value">,
): SettingPlace {
  return {
    source: client,
    path: `${at.path}.env[${name}]`,
    words: `env ${name} of container ${at.name}`,
    setting: { pointer: `${at.pointer}/env/${position}/value`, value: written },
  };
}

/** A key of a ConfigMap. */
export function keyPlace(source: SnapshotObject, key: string, value: string): SettingPlace {
  const place = { source, path: `data[${key}]`, words: `key ${key} of ConfigMap/${source.metadata.name}` };
  return { ...place, setting: { pointer: `/data/${pointerStep(key)}`, value } };
}

/** Each key of the ConfigMaps that a workload's env and volumes take. */
export function keyPlaces(index: SnapshotIndex, client: SnapshotObject): readonly SettingPlace[] {
  const taken = referencesOf(podSpecOf(client)).filter(({ kind }) => kind === "ConfigMap");
  const places = taken.flatMap(({ name, key }) => {
    const source = index.byName("ConfigMap", client.metadata.namespace, name);
    const entries = Object.entries(objectAt(source, "data")).filter(([one]) => (key ?? one) === one);
    return source === undefined ? [] : entries.map(([one, value]) => keyPlace(source, one, String(value)));
  });
  return [...new Map(places.map((one) => [one.words, one])).values()];
}
