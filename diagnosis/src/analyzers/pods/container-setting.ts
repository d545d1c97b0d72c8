import { objectAt, objectsAt, textAt, textsAt } from "../../snapshot/json.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { fieldOf } from "./container-field.ts";
import type { Trouble } from "./container-trouble.ts";

/** What the spec of a container tells its program in one place: an env variable, its arguments, or its command. */
export interface ContainerSetting {
  readonly field: string;
  /** The name of the env variable. */
  readonly variable: string | undefined;
  readonly text: string;
}

/** The settings of a container, the most particular ones first. */
export function settingsOf(trouble: Trouble): readonly ContainerSetting[] {
  const spec = objectAt(containerSpec(trouble.pod, trouble.container));
  const variables = objectsAt(spec, "env").map((entry) => {
    const variable = textAt(entry, "name") ?? "";
    return { field: fieldOf(trouble, `env[${variable}]`), variable, text: textAt(entry, "value") ?? "" };
  });
  const words = ["args", "command"].map((field) => ({
    ...{ field: fieldOf(trouble, field), variable: undefined, text: textsAt(spec, field).join(" ") },
  }));
  return [...variables, ...words];
}
