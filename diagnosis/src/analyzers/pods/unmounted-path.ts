import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, textAt } from "../../snapshot/json.ts";
import { isSlip } from "../../snapshot/nearest-name.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { fieldOf } from "./container-field.ts";
import type { Trouble } from "./container-trouble.ts";
import type { CrashHint } from "./crash-hint.ts";
import { toldAt } from "./told-path.ts";

const ABSENT =
  /no such file|not found|(?:cannot|can.t|could not|unable to) (?:open|access|find|read|load|stat)|does not exist|\bno [\w .-]{1,40} (?:in|at|under|below)\b|\bempty\b|ENOENT|missing/i;
const PATH = /\/[\w.@-]+(?:\/[\w.@-]+)*/g;

/** Of the image, whatever is mounted at a place of the same name. */
const OF_SYSTEM = /^\/(?:usr|bin|sbin|lib\d*|proc|sys|dev)(?:\/|$)/;

/** A path that is below no mount, while a volume is mounted at a place of the same name: one of the two is wrong. */
export function unmountedPath(_index: SnapshotIndex, trouble: Trouble, said: string): CrashHint | undefined {
  if (!ABSENT.test(said)) return undefined;
  const mounts = mountsOf(trouble);
  for (const [path] of said.matchAll(PATH)) {
    const folders = foldersOf(path);
    if (OF_SYSTEM.test(path) || mounts.some(({ at }) => folders.includes(at))) continue;
    for (const folder of folders) {
      const mount = mounts.find(({ at }) => lastStep(at) === lastStep(folder) || isSlip(folder, at));
      if (mount !== undefined) return hint(trouble, folder, mount);
    }
  }
  return undefined;
}

interface Mount {
  readonly at: string;
  readonly volume: string;
}

function mountsOf({ pod, container }: Trouble): readonly Mount[] {
  return objectsAt(containerSpec(pod, container), "volumeMounts").flatMap((mount) => {
    const at = (textAt(mount, "mountPath") ?? "").replace(/\/$/, "");
    return at === "" || at.startsWith("/var/run/secrets/") ? [] : [{ at, volume: textAt(mount, "name") ?? "" }];
  });
}

/** The path, and what it is below. */
function foldersOf(path: string): readonly string[] {
  const steps = path.split("/").slice(1);
  return steps.map((_, position) => `/${steps.slice(0, steps.length - position).join("/")}`);
}

function lastStep(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function hint(trouble: Trouble, folder: string, { at, volume }: Mount): CrashHint {
  const place = toldAt(trouble, folder);
  const mount = fieldOf(trouble, `volumeMounts[${volume}].mountPath`);
  const told = place === undefined ? "" : `, which ${place} names,`;
  return {
    words: `${folder}${told} is below no mount of container ${trouble.container}: volume ${volume} is mounted at ${at} (${mount})`,
    decide: `let ${place ?? "the program"} ask for ${at}, or mount volume ${volume} at ${folder}`,
  };
}
