import { type Json, objectsAt, textAt, textsAt } from "./json.ts";

/** What the spec of a container tells its program in one place: an env variable, its arguments, or its command. */
export interface ContainerSetting {
  /** Below the container: `env[PORT]`, `args`, `command`. */
  readonly field: string;
  /** The name of the env variable. */
  readonly variable: string | undefined;
  readonly text: string;
}

/** An env variable with its value. */
interface Variable {
  readonly name: string;
  readonly value: string;
}

/** The settings of a container, the most particular ones first; its env as it is written, unless it is given. */
export function containerSettings(container: Json, env = writtenEnv(container)): readonly ContainerSetting[] {
  const variables = env.map(({ name, value }) => ({ field: `env[${name}]`, variable: name, text: value }));
  const words = ["args", "command"].map((field) => ({
    ...{ field, variable: undefined, text: textsAt(container, field).join(" ") },
  }));
  return [...variables, ...words];
}

function writtenEnv(container: Json): readonly Variable[] {
  return objectsAt(container, "env").map((entry) => ({
    name: textAt(entry, "name") ?? "",
    value: textAt(entry, "value") ?? "",
  }));
}
