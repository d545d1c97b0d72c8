import { containerPlaces } from "../../snapshot/container-place.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, textAt } from "../../snapshot/json.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { hasWord } from "../../snapshot/whole-word.ts";
import { envPlace, keyPlaces, type SettingPlace } from "./place.ts";

/** The setting that holds a host which the workload's log blames, whatever the setting is called. */
export function blamedSetting(index: SnapshotIndex, client: SnapshotObject, host: string): SettingPlace | undefined {
  return [...envPlaces(client), ...keyPlaces(index, client)].find(({ setting }) => holds(setting.value, host));
}

function envPlaces(client: SnapshotObject): readonly SettingPlace[] {
  return containerPlaces(client).flatMap((at) =>
    objectsAt(at.container, "env").map((entry, position) => {
      const [name, written] = [textAt(entry, "name") ?? "", textAt(entry, "value") ?? ""];
      return envPlace(client, at, { name, position, written });
    }),
  );
}

/** As a word of its own: the first label of a longer name, or all of it. */
function holds(value: string, host: string): boolean {
  return hasWord(value.toLowerCase(), host.toLowerCase(), { before: /[a-z0-9.-]/, after: /[a-z0-9-]/ });
}
