import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textsAt } from "../../snapshot/json.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { fieldOf } from "./container-field.ts";
import type { Trouble } from "./container-trouble.ts";
import type { CrashHint } from "./crash-hint.ts";

const SHELL = /^(?:\/[\w./-]*\/)?(?:ba|da|a|z|k)?sh$/;
const RUNS_STRING = /^-[a-z]*c$/;
/** `$0`, `$1`, `$@`, `${1:-x}`: the script takes what stands after it. */
const PARAMETER = /\$\{?[0-9@*#]/;
/** More than a name for the script and an end of options. */
const MEANT_TO_RUN = /\s|^-(?!-?$)/;

/** `sh -c` runs the one element after it; the others are the script's parameters, however much they look like its words. */
export function shellArguments(_index: SnapshotIndex, trouble: Trouble): CrashHint | undefined {
  const spec = containerSpec(trouble.pod, trouble.container);
  const [command, args] = [textsAt(spec, "command"), textsAt(spec, "args")];
  const [shell = "", option = "", script = "", ...rest] = [...command, ...args];
  if (!SHELL.test(shell) || !RUNS_STRING.test(option) || rest.length === 0 || PARAMETER.test(script)) return undefined;
  if (/\s/.test(script.trim()) && !rest.some((one) => MEANT_TO_RUN.test(one))) return undefined;
  const field = fieldOf(trouble, command.length < 3 + rest.length ? "args" : "command");
  return {
    words: `${shell} ${option} runs the one element after it: the ${rest.length} behind that one (${field}) are its parameters, which it does not use`,
    decide: `write what ${shell} ${option} shall run as one element of ${field}`,
  };
}
