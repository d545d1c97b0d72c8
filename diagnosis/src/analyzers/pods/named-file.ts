import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { configuredIn, pathInVolume } from "../configuration/wanted-file.ts";
import type { Trouble } from "./container-trouble.ts";
import type { CrashHint } from "./crash-hint.ts";

/** A crash that names a file of a ConfigMap or Secret: the object is where its content is corrected. */
export function namedFile(index: SnapshotIndex, trouble: Trouble, said: string): CrashHint | undefined {
  const [found] = configuredIn(index, trouble, said).flatMap((file) => {
    const path = pathInVolume(file);
    const source = file.files.sources.find((one) => one.files.some((each) => each.path === path));
    return source === undefined ? [] : [{ file, path, source }];
  });
  if (found === undefined) return undefined;
  const { file, path, source } = found;
  const named = `${path} of ${source.kind} ${source.name}`;
  return {
    words: `${file.file} is ${named} (volume ${file.volume})`,
    decide: `correct ${named} by what container ${trouble.container} says about it`,
  };
}
