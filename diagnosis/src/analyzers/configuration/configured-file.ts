import { coveringMount, mountPathOf } from "../../snapshot/covering-mount.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textAt } from "../../snapshot/json.ts";
import { type FileSource, type VolumeFiles, volumeFiles } from "../../snapshot/mounted-files.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { podSpecOf } from "../../snapshot/pod-template.ts";
import type { Trouble } from "../pods/container-trouble.ts";

/** A path below a mount of a ConfigMap or Secret volume. */
export interface ConfiguredFile {
  readonly trouble: Trouble;
  readonly file: string;
  readonly mountPath: string;
  readonly subPath: string | undefined;
  readonly volume: string;
  readonly files: VolumeFiles;
}

const FILE = /\/[\w.@-]+(?:\/[\w.@-]+)*/g;

/** A file that a volume has, and the ConfigMap or Secret that it is of. */
interface FoundFile {
  readonly file: ConfiguredFile;
  readonly path: string;
  readonly source: FileSource;
  readonly mode: number;
}

/** The files of ConfigMaps and Secrets that a line names and that are there. */
export function filesNamed(index: SnapshotIndex, trouble: Trouble, line: string): readonly FoundFile[] {
  return configuredIn(index, trouble, line).flatMap((file) => {
    const path = pathInVolume(file);
    const found = file.files.sources.flatMap((source) =>
      source.files.filter((one) => one.path === path).map(({ mode }) => ({ file, path, source, mode })),
    );
    return found.slice(0, 1);
  });
}

/** The files that a line names, below mounts that configuration fills. */
export function configuredIn(index: SnapshotIndex, trouble: Trouble, line: string): readonly ConfiguredFile[] {
  return [...line.matchAll(FILE)].flatMap(([file]) => mountOf(index, trouble, file) ?? []);
}

/** The innermost mount that covers the file, when configuration fills it. */
function mountOf(index: SnapshotIndex, trouble: Trouble, file: string): ConfiguredFile | undefined {
  const mount = coveringMount(containerSpec(trouble.pod, trouble.container), file);
  if (mount === undefined) return undefined;
  const { namespace = "" } = trouble.pod.metadata;
  const [volume, mountPath] = [textAt(mount, "name") ?? "", mountPathOf(mount) ?? ""];
  const files = volumeFiles(index, { namespace, podSpec: podSpecOf(trouble.workload), volume });
  return files && { trouble, file, volume, mountPath, subPath: textAt(mount, "subPath"), files };
}

/** Below the volume: what stands after the mount path, or the subPath. */
export function pathInVolume({ file, mountPath, subPath }: ConfiguredFile): string {
  const rest = file.slice(mountPath.length + 1);
  return [subPath, rest].filter((part) => part !== undefined && part !== "").join("/");
}
