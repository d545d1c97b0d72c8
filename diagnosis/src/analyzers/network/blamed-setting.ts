import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt, objectsAt, textAt } from "../../snapshot/json.ts";
import { podSpecOf, podSpecPath, podSpecPointer } from "../../snapshot/pod-template.ts";
import { referencesOf } from "../../snapshot/references.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { hasWord } from "../../snapshot/whole-word.ts";
import type { Place } from "./clients.ts";

/** The setting that holds a host which the workload's log blames, whatever the setting is called. */
export function blamedSetting(index: SnapshotIndex, client: SnapshotObject, host: string): Place | undefined {
  return [...envSettings(client), ...configSettings(index, client)].find(({ setting }) => holds(setting.value, host));
}

type Setting = Place & { readonly setting: NonNullable<Place["setting"]> };

function envSettings(client: SnapshotObject): readonly Setting[] {
  return ["initContainers", "containers"].flatMap((list) =>
    objectsAt(podSpecOf(client), list).flatMap((container, position) =>
      objectsAt(container, "env").map((entry, place) => {
        const [name, variable] = [textAt(container, "name") ?? "", textAt(entry, "name") ?? ""];
        const pointer = `${podSpecPointer(client)}/${list}/${position}/env/${place}/value`;
        return {
          source: client,
          path: `${podSpecPath(client)}.${list}[${name}].env[${variable}]`,
          words: `env ${variable} of container ${name}`,
          setting: { pointer, value: textAt(entry, "value") ?? "" },
        };
      }),
    ),
  );
}

function configSettings(index: SnapshotIndex, client: SnapshotObject): readonly Setting[] {
  const taken = referencesOf(podSpecOf(client)).filter(({ kind }) => kind === "ConfigMap");
  return taken.flatMap(({ name, key }) => {
    const source = index.byName("ConfigMap", client.metadata.namespace, name);
    return Object.entries(objectAt(source, "data")).flatMap(([one, value]) =>
      source === undefined || (key !== undefined && key !== one)
        ? []
        : [
            {
              ...{ source, path: `data[${one}]`, words: `key ${one} of ConfigMap/${name}` },
              setting: { pointer: `/data/${one.replace(/~/g, "~0").replace(/\//g, "~1")}`, value: String(value) },
            },
          ],
    );
  });
}

/** As a word of its own: the first label of a longer name, or all of it. */
function holds(value: string, host: string): boolean {
  return hasWord(value.toLowerCase(), host.toLowerCase(), { before: /[a-z0-9.-]/, after: /[a-z0-9-]/ });
}
