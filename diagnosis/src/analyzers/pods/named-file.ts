import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { filesNamed } from "../configuration/configured-file.ts";
import type { Trouble } from "./container-trouble.ts";
import type { CrashHint } from "./crash-hint.ts";

/** A crash that names a file of a ConfigMap or Secret: the object is where its content is corrected. */
export function namedFile(index: SnapshotIndex, trouble: Trouble, said: string): CrashHint | undefined {
  const [found] = filesNamed(index, trouble, said);
  if (found === undefined) return undefined;
  const { file, path, source } = found;
  const named = `${path} of ${source.kind} ${source.name}`;
  return {
    words: `${file.file} is ${named} (volume ${file.volume})`,
    decide: `correct ${named} by what container ${trouble.container} says about it`,
  };
}
