import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { type Json, objectAt, objectsAt, textAt, textsAt } from "../../snapshot/json.ts";
import { nearestName } from "../../snapshot/nearest-name.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { fieldOf } from "./container-field.ts";
import type { Trouble } from "./container-trouble.ts";
import type { CrashHint } from "./crash-hint.ts";
import { variablesOf } from "./visible-variables.ts";

/** `$(NAME)`, not `$$(NAME)`: a shell's own `$(command)` is hardly ever in capitals. */
const REFERENCE = /(?<!\$)\$\(([A-Z_][A-Z0-9_]*)\)/g;
/** What the kubelet sets for every Service. */
const OF_SERVICE = /_SERVICE_(?:HOST|PORT)|_PORT(?:_|$)|^KUBERNETES_/;

/** A `$(NAME)` that the kubelet leaves as it is, since the variable is set further down, or not at all. */
export function unexpandedVariable(index: SnapshotIndex, trouble: Trouble): CrashHint | undefined {
  const spec = objectAt(containerSpec(trouble.pod, trouble.container));
  const { all, known } = variablesOf(index, trouble.pod.metadata.namespace ?? "", spec);
  const visible = all.map(({ name }) => name);
  const own = objectsAt(spec, "env").flatMap((entry) => textAt(entry, "name") ?? []);
  const outside = all.filter(({ source }) => source !== "env").map(({ name }) => name);
  const field = fieldOf(trouble);
  const found = [
    ...inEnv(spec).filter(({ name, before }) => !before.includes(name) && !outside.includes(name)),
    ...inArguments(spec).filter(({ name }) => !visible.includes(name)),
  ].filter(({ name }) => known && !OF_SERVICE.test(name));
  const [first] = found;
  if (first === undefined) return undefined;
  if (own.includes(first.name))
    return {
      words: `${field}.${first.at} uses $(${first.name}), which the same env sets further down: only variables above it are expanded`,
      decide: `move ${first.name} above what uses it in ${field}.env`,
    };
  const near = nearestName(first.name, visible);
  return {
    words: `${field}.${first.at} uses $(${first.name}), which the container does not have, and so the text stays as it is${near === undefined ? "" : `; it has ${near}`}`,
    decide: `correct $(${first.name}) in ${field}.${first.at}${near === undefined ? "" : ` (${near}?)`}, or set ${first.name}`,
  };
}

interface Used {
  readonly name: string;
  readonly at: string;
  /** The variables of the same env that stand above. */
  readonly before: readonly string[];
}

function inEnv(spec: Json): readonly Used[] {
  const env = objectsAt(spec, "env");
  const names = env.map((entry) => textAt(entry, "name") ?? "");
  return env.flatMap((entry, position) =>
    referencesIn(textAt(entry, "value") ?? "").map((name) => ({
      ...{ name, at: `env[${names[position]}]`, before: names.slice(0, position) },
    })),
  );
}

function inArguments(spec: Json): readonly Used[] {
  return ["command", "args"].flatMap((field) =>
    textsAt(spec, field).flatMap((text, position) =>
      referencesIn(text).map((name) => ({ name, at: `${field}[${position}]`, before: [] })),
    ),
  );
}

function referencesIn(text: string): readonly string[] {
  return [...text.matchAll(REFERENCE)].map(([, name = ""]) => name);
}
