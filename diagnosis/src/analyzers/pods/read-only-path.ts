import { coveringMount } from "../../snapshot/covering-mount.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { isRecord, type Json, objectsAt, textAt, valueAt } from "../../snapshot/json.ts";
import { commandOf, containerSpec } from "../../snapshot/pod-state.ts";
import { podSpecOf, podSpecPath } from "../../snapshot/pod-template.ts";
import { fieldOf } from "./container-field.ts";
import type { Trouble } from "./container-trouble.ts";
import type { CrashHint } from "./crash-hint.ts";
import { lastLinesOf } from "./last-words.ts";

/** What makes the place read-only that a program writes to: its mount, the volume, or the root of the container. */
export function readOnlyPath(index: SnapshotIndex, trouble: Trouble, said: string): CrashHint | undefined {
  if (!/read-only file ?system/i.test(said)) return undefined;
  const spec = containerSpec(trouble.pod, trouble.container);
  const path = /(\/[\w./-]+)/.exec(said)?.[1];
  const mount = coveringMount(spec, path ?? "");
  if (mount !== undefined) return ofMount(trouble, mount, path ?? "");
  if (valueAt(spec, "securityContext", "readOnlyRootFilesystem") === true) {
    return {
      words: `${fieldOf(trouble, "securityContext.readOnlyRootFilesystem")} is true`,
      decide:
        path === undefined
          ? "mount a writable volume (emptyDir) at the path it writes to"
          : remedyFor(index, trouble, { path, said }),
    };
  }
  return onlyReadOnly(trouble, spec) ?? unknownPlace(path);
}

/** Words without a path mean the one mount that is read-only. */
function onlyReadOnly(trouble: Trouble, spec: unknown): CrashHint | undefined {
  const [only, ...others] = objectsAt(spec, "volumeMounts").filter((one) => whyReadOnly(trouble, one) !== undefined);
  return only === undefined || others.length > 0
    ? undefined
    : ofMount(trouble, only, textAt(only, "mountPath") ?? "its files");
}

function unknownPlace(path = "its files"): CrashHint {
  return { words: "what it writes to is read-only", decide: `write ${path} to a writable volume` };
}

function ofMount(trouble: Trouble, mount: Json, path: string): CrashHint {
  const why = whyReadOnly(trouble, mount);
  const volume = textAt(mount, "name") ?? "";
  return {
    words: why?.words ?? `volume ${volume} is read-only by what provides it`,
    decide: why?.field
      ? `remove ${why.field}, or write ${path} to a writable volume`
      : `write ${path} to a writable volume (emptyDir or a claim)`,
  };
}

interface Why {
  readonly words: string;
  /** What can be removed. */
  readonly field: string | undefined;
}

const CONFIGURATION = ["configMap", "secret", "projected", "downwardAPI"];

function whyReadOnly(trouble: Trouble, mount: Json): Why | undefined {
  const name = textAt(mount, "name") ?? "";
  const volume = objectsAt(podSpecOf(trouble.pod), "volumes").find((one) => one["name"] === name);
  const kind = CONFIGURATION.find((field) => isRecord(volume?.[field]));
  if (kind) return { words: `volume ${name} is of kind ${kind}, which is always read-only`, field: undefined };
  const field =
    mount["readOnly"] === true
      ? fieldOf(trouble, `volumeMounts[${textAt(mount, "mountPath") ?? ""}].readOnly`)
      : readOnlyClaim(trouble, volume);
  return field === undefined ? undefined : { words: `${field} is true`, field };
}

function readOnlyClaim({ workload }: Trouble, volume: Json | undefined): string | undefined {
  const field = ["persistentVolumeClaim", "csi", "nfs"].find((one) => valueAt(volume, one, "readOnly") === true);
  return field && `${podSpecPath(workload)}.volumes[${textAt(volume, "name") ?? ""}].${field}.readOnly`;
}

/** A folder by what is done, by its name, or by its dot; else a file. */
function isFolder(path: string, said: string): boolean {
  const name = path.replace(/\/$/, "").split("/").at(-1) ?? "";
  return /mkdir|director|folder/i.test(said) || name.startsWith(".");
}

/** Where a volume makes the path writable; it must not hide what the program is, or reads. */
function remedyFor(index: SnapshotIndex, trouble: Trouble, { path, said }: { path: string; said: string }): string {
  const spec = containerSpec(trouble.pod, trouble.container);
  const lines = [...lastLinesOf(index, trouble).map(({ value }) => value), ...commandOf(spec)];
  const paths = lines.flatMap((line) => line.match(PATHS) ?? []);
  const made = path.replace(/\/$/, "");
  const deepest = paths.find((one) => one.startsWith(`${made}/`) && one.length > made.length + 1) ?? made;
  const folder = isFolder(path, said) ? deepest : folderOf(made);
  const hidden = paths.find((one) => one.startsWith(`${folder}/`) && one !== made && !one.startsWith(`${made}/`));
  return hidden === undefined
    ? `mount a writable volume (emptyDir) at ${folder}`
    : `let it write ${made} elsewhere, below a writable volume (emptyDir): one over ${folder} would hide ${hidden}`;
}

const PATHS = /\/[\w.-]+(?:\/[\w.-]+)*/g;

/** A volume is mounted at the folder of a file; over the root nothing can be. */
function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || path;
}
