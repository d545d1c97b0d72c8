import { containerPlaces } from "../../snapshot/container-place.ts";
import { containerSettings } from "../../snapshot/container-settings.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { envValuesOf } from "./env-values.ts";
import { keyPlaces, type Place } from "./place.ts";

/** A text that tells a workload something, whatever its form, and where it is written. */
export interface WrittenText extends Omit<Place, "setting"> {
  readonly text: string;
}

const MAX_TEXT = 20_000;

/** The env, arguments and ConfigMaps of a workload. */
export function writtenTexts(index: SnapshotIndex, client: SnapshotObject): readonly WrittenText[] {
  const own = containerPlaces(client).flatMap(({ container, name, path }) => {
    const env = envValuesOf(index, client.metadata.namespace ?? "", container);
    return containerSettings(container, env).map(({ field, variable, text }) => ({
      ...{ source: client, path: `${path}.${field}`, text },
      words: `${variable === undefined ? field : `env ${variable}`} of container ${name}`,
    }));
  });
  const read = keyPlaces(index, client).map(({ setting, ...place }) => ({ ...place, text: setting.value }));
  return [...own, ...read].map((one) => ({ ...one, text: one.text.slice(0, MAX_TEXT) }));
}
