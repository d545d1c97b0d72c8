import { clip } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { valueAt } from "../../snapshot/json.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { fieldOf } from "./container-field.ts";
import type { Trouble } from "./container-trouble.ts";
import type { CrashHint } from "./crash-hint.ts";

/** A command that the image does not have, by the exit code of the shell or the runtime. */
export function absentCommand(_index: SnapshotIndex, trouble: Trouble, said: string): CrashHint | undefined {
  const exit = trouble.state.termination?.exitCode;
  if (exit !== 127 && exit !== 126) return undefined;
  const word = /(?:^|: |exec )([\w./-]+): (?:not found|command not found|No such file)/.exec(said)?.[1];
  const field = valueAt(containerSpec(trouble.pod, trouble.container), "command") === undefined ? "args" : "command";
  return {
    words: `${fieldOf(trouble, field)} asks for ${word ? `"${clip(word, 60)}"` : "a command"}, which the image does not have`,
    decide: `correct ${fieldOf(trouble, field)}, or use an image that has the command`,
  };
}
