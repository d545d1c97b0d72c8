import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt, objectsAt, textAt, valueAt } from "../../snapshot/json.ts";
import { nearestName } from "../../snapshot/nearest-name.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { fieldOf } from "./container-field.ts";
import type { Trouble } from "./container-trouble.ts";
import type { CrashHint } from "./crash-hint.ts";
import { type Variable, variablesOf } from "./visible-variables.ts";

const ABSENT = /not set|missing|required|undefined|unset|empty|must be|no value|KeyError/i;
const NAME = /\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[A-Z]{4,})\b/g;
const LEVEL = /^(FATAL|ERROR|PANIC|CRITICAL|WARN|WARNING|INFO|DEBUG|EXCEPTION|NOTICE|TRACE)$/;

/** A variable that the program names as missing: the spec does not set it, or sets it by another name, or from nothing. */
export function absentVariable(index: SnapshotIndex, trouble: Trouble, said: string): CrashHint | undefined {
  if (!ABSENT.test(said)) return undefined;
  const spec = objectAt(containerSpec(trouble.pod, trouble.container));
  const { all, known } = variablesOf(index, trouble.pod.metadata.namespace ?? "", spec);
  const names = [...said.matchAll(NAME)].map(([, name = ""]) => name).filter((name) => !LEVEL.test(name));
  const unfilled = names.flatMap((name) => fromNothing(index, trouble, name) ?? fromAbsentLabel(trouble, name) ?? []);
  if (unfilled[0] !== undefined) return unfilled[0];
  const [absent] = names.filter((name) => !all.some((one) => one.name === name));
  if (absent === undefined || !known) return undefined;
  const other = otherName(all, absent);
  const field = fieldOf(trouble);
  return {
    words: `${field}.env does not set ${absent}${other === undefined ? "" : `; ${other.words}`}`,
    decide: other?.decide ?? `set env ${absent} of container ${trouble.container}`,
  };
}

interface OtherName {
  readonly words: string;
  readonly decide: string;
}

/** The same setting under a prefix, or with a name that differs by little. */
function otherName(all: readonly Variable[], absent: string): OtherName | undefined {
  const prefixed = all.find(({ key, prefix }) => key === absent && prefix !== undefined);
  if (prefixed) {
    const words = `${prefixed.prefix} makes key ${absent} of ${prefixed.source} ${prefixed.name}`;
    return { words, decide: `remove the prefix of envFrom, or let the program read ${prefixed.name}` };
  }
  const near = nearestName(
    absent,
    all.map(({ name }) => name),
  );
  const one = all.find(({ name }) => name === near);
  if (one === undefined) return undefined;
  const words = one.source === "env" ? `it sets ${one.name}` : `${one.source} gives it ${one.name}`;
  return { words, decide: `name the variable ${absent} (it is ${one.name} now, from ${one.source})` };
}

const KEYS = { configMapKeyRef: "ConfigMap", secretKeyRef: "Secret" } as const;

/** An optional reference to an object or key that is not there leaves the variable unset. */
function fromNothing(index: SnapshotIndex, trouble: Trouble, name: string): CrashHint | undefined {
  const entry = objectsAt(containerSpec(trouble.pod, trouble.container), "env").find((one) => one["name"] === name);
  const field = (["configMapKeyRef", "secretKeyRef"] as const).find(
    (one) => valueAt(entry, "valueFrom", one) !== undefined,
  );
  const reference = field && objectAt(entry, "valueFrom", field);
  if (field === undefined || reference?.["optional"] !== true || !index.knows(KEYS[field])) return undefined;
  const [object, key] = [textAt(reference, "name") ?? "", textAt(reference, "key") ?? ""];
  const source = index.byName(KEYS[field], trouble.pod.metadata.namespace, object);
  const keys = Object.keys(objectAt(source, "data"));
  if (keys.includes(key)) return undefined;
  const named = `${KEYS[field]} ${object}`;
  const near = nearestName(key, keys);
  const why = source === undefined ? `${named}, which does not exist` : `key ${key} of ${named}, which has no such key`;
  return {
    words: `env ${name} of container ${trouble.container} takes its value from ${why} (${field}.optional is true)${near === undefined ? "" : `; it has ${near}`}`,
    decide: `correct the reference of env ${name}${near === undefined ? "" : ` (${near}?)`}, or add what it names to ${named}`,
  };
}

/** A label or annotation that the pod does not carry gives an empty value. */
function fromAbsentLabel({ pod, container, workload }: Trouble, name: string): CrashHint | undefined {
  const entry = objectsAt(containerSpec(pod, container), "env").find((one) => one["name"] === name);
  const path = textAt(entry, "valueFrom", "fieldRef", "fieldPath") ?? "";
  const [, field = "", key = ""] = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path) ?? [];
  const carried = Object.keys(objectAt(pod, "metadata", field));
  if (key === "" || carried.includes(key)) return undefined;
  const near = nearestName(key, carried);
  return {
    words: `env ${name} of container ${container} takes its value from ${path}, which the pods of ${workload.kind} ${workload.metadata.name} do not carry, and so it is empty${near === undefined ? "" : `; they carry ${near}`}`,
    decide: `add ${field.slice(0, -1)} ${key} to the pod template, or correct the fieldRef of env ${name}${near === undefined ? "" : ` (${near}?)`}`,
  };
}
