import { type Json, textAt, valueAt } from "../../snapshot/json.ts";

const SHELL = /(?:^|\/)(?:ba|da|a|z|k)?sh$/;
const REFERENCE = /(?<!\\)\$(?:\{?[A-Za-z_][A-Za-z0-9_]*\}?|\([A-Za-z_][A-Za-z0-9_]*\))/;

/** A variable in an exec probe that no shell expands: the kubelet expands `$(NAME)` in commands and arguments alone. */
export function unexpandedInProbe(container: Json, probe: string): string | undefined {
  const command = valueAt(container, probe, "exec", "command");
  if (!Array.isArray(command) || SHELL.test(String(command[0]))) return undefined;
  const position = command.findIndex((word) => REFERENCE.test(String(word)));
  const [variable] = REFERENCE.exec(String(command[position])) ?? [];
  return variable === undefined
    ? undefined
    : `${probe}.exec.command[${position}] of container ${textAt(container, "name") ?? ""} has ${variable}, which nothing expands: it is run without a shell`;
}
