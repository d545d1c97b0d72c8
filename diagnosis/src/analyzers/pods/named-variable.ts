import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, textAt } from "../../snapshot/json.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { fieldOf } from "./container-field.ts";
import type { Trouble } from "./container-trouble.ts";
import type { CrashHint } from "./crash-hint.ts";
import { variablesOf } from "./visible-variables.ts";

/** As people write the names of variables; a shorter or smaller word may be any. */
const NAME = /(?<![\w$-])[A-Z][A-Z0-9_]{3,}(?![\w-])/g;

/** A crash that names one variable which the container has: where its value is corrected. The value is never said. */
export function namedVariable(index: SnapshotIndex, trouble: Trouble, said: string): CrashHint | undefined {
  const spec = containerSpec(trouble.pod, trouble.container);
  const words = new Set(said.match(NAME) ?? []);
  const { all } = variablesOf(index, trouble.pod.metadata.namespace ?? "", spec);
  const [variable, ...others] = all.filter(({ name }) => words.has(name));
  if (variable === undefined || others.length > 0) return undefined;
  const { name, source, key } = variable;
  const place = source === "env" ? placeOf(trouble, spec, name) : `key ${key} of ${source}`;
  return {
    words: `${name} is ${place}`,
    decide: `correct ${place} by what container ${trouble.container} says about it`,
  };
}

const REFERENCES = { configMapKeyRef: "ConfigMap", secretKeyRef: "Secret" } as const;

function placeOf(trouble: Trouble, spec: unknown, name: string): string {
  const entry = objectsAt(spec, "env").find((one) => one["name"] === name);
  const field = (["configMapKeyRef", "secretKeyRef"] as const).find((one) => textAt(entry, "valueFrom", one, "name"));
  const own = fieldOf(trouble, `env[${name}]`);
  if (field === undefined) return own;
  const [object, key] = ["name", "key"].map((one) => textAt(entry, "valueFrom", field, one) ?? "");
  return `key ${key} of ${REFERENCES[field]} ${object} (${own})`;
}
