import { coveringMount, mountPathOf } from "../../snapshot/covering-mount.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { isRecord, objectsAt, textAt } from "../../snapshot/json.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { podSpecOf } from "../../snapshot/pod-template.ts";
import { fieldOf } from "./container-field.ts";
import type { Trouble } from "./container-trouble.ts";
import type { CrashHint } from "./crash-hint.ts";

const ABSENT =
  /no such file|cannot find|can.t find|could not find|not found|does not exist|ENOENT|unable to (?:access|open)|can.t open/i;
const PATH = /\/[\w.@-]+(?:\/[\w.@-]+)+/g;

/** Where images have nothing that programs read: what is missing there was never made. */
const SCRATCH = /^\/(?:tmp|run|cache|data|scratch|var\/(?:run|tmp|cache|log|spool|lib))(?:\/|$)/;

/** A file of the image below a mount of an empty volume that no other container fills: the mount hides it. */
export function hiddenFile(_index: SnapshotIndex, trouble: Trouble, said: string): CrashHint | undefined {
  if (!ABSENT.test(said)) return undefined;
  const spec = containerSpec(trouble.pod, trouble.container);
  const empty = objectsAt(podSpecOf(trouble.pod), "volumes").flatMap((volume) =>
    isRecord(volume["emptyDir"]) && mountersOf(trouble, volume["name"]) === 1 ? [volume["name"]] : [],
  );
  for (const [path] of said.matchAll(PATH)) {
    const mount = coveringMount(spec, path);
    const [at, volume] = [mountPathOf(mount) ?? "", textAt(mount, "name") ?? ""];
    if (at === path || !empty.includes(volume) || SCRATCH.test(at)) continue;
    return {
      words: `volume ${volume}, an emptyDir that nobody else fills, is mounted over ${at} (${fieldOf(trouble, `volumeMounts[${volume}].mountPath`)}) and hides what image ${textAt(spec, "image") ?? ""} has there`,
      decide: `mount volume ${volume} at a directory of its own instead of over ${at}, or fill it by an init container`,
    };
  }
  return undefined;
}

function mountersOf({ pod }: Trouble, volume: unknown): number {
  const spec = podSpecOf(pod);
  const all = [...objectsAt(spec, "initContainers"), ...objectsAt(spec, "containers")];
  return all.filter((one) => objectsAt(one, "volumeMounts").some(({ name }) => name === volume)).length;
}
