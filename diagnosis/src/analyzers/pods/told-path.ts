import { objectAt, objectsAt, textAt } from "../../snapshot/json.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { fieldOf } from "./container-field.ts";
import type { Trouble } from "./container-trouble.ts";

/** Where a container is told a path: its env, its arguments, or its command. */
export function toldAt(trouble: Trouble, path: string): string | undefined {
  const spec = objectAt(containerSpec(trouble.pod, trouble.container));
  const variable = objectsAt(spec, "env").find(({ value }) => typeof value === "string" && names(value, path));
  if (variable !== undefined) return fieldOf(trouble, `env[${textAt(variable, "name")}]`);
  const field = ["args", "command"].find((one) => {
    const words = spec[one];
    return Array.isArray(words) && words.some((word) => names(String(word), path));
  });
  return field && fieldOf(trouble, field);
}

function names(text: string, path: string): boolean {
  const at = text.indexOf(path);
  return at >= 0 && !/[\w.-]/.test(text[at - 1] ?? " ") && !/[\w.-]/.test(text[at + path.length] ?? " ");
}
