import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt, objectsAt, textAt } from "../../snapshot/json.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { podSpecOf } from "../../snapshot/pod-template.ts";
import { referencesOf } from "../../snapshot/references.ts";
import { fieldOf } from "./container-field.ts";
import type { Trouble } from "./container-trouble.ts";

/** Where a container is told to listen on `port`: its env, its arguments, or a ConfigMap that it reads. */
export function portSetting(index: SnapshotIndex, trouble: Trouble, port: number): string | undefined {
  const spec = objectAt(containerSpec(trouble.pod, trouble.container));
  const variable = objectsAt(spec, "env").find(({ name, value }) => sets(String(name), value, port));
  if (variable !== undefined) return fieldOf(trouble, `env[${textAt(variable, "name")}]`);
  return inArguments(trouble, port) ?? inConfiguration(index, trouble, port);
}

function inArguments(trouble: Trouble, port: number): string | undefined {
  const spec = objectAt(containerSpec(trouble.pod, trouble.container));
  const field = ["args", "command"].find((one) => {
    const words = Array.isArray(spec[one]) ? spec[one].map(String).join(" ") : "";
    return asWord(port).test(words);
  });
  return field && fieldOf(trouble, field);
}

function inConfiguration(index: SnapshotIndex, { pod, container }: Trouble, port: number): string | undefined {
  const spec = objectAt(containerSpec(pod, container));
  const mounted = objectsAt(spec, "volumeMounts").map(({ name }) => name);
  const read = referencesOf(podSpecOf(pod)).filter(
    (one) => one.kind === "ConfigMap" && (one.container === container || mounted.includes(one.volume)),
  );
  for (const { name, key } of read) {
    const data = objectAt(index.byName("ConfigMap", pod.metadata.namespace, name), "data");
    const found = Object.keys(data).find((one) => (key ?? one) === one && sets(one, data[one], port));
    if (found !== undefined) return `key ${found} of ConfigMap ${name}`;
  }
  return undefined;
}

/** A value that is the port, or a line about listening that has it. */
function sets(name: string, value: unknown, port: number): boolean {
  if (typeof value !== "string") return false;
  const whole = new RegExp(`^(?:\\S*:)?${port}$`).test(value.trim());
  return (whole && NAMED.test(name)) || value.split("\n").some((line) => NAMED.test(line) && asWord(port).test(line));
}

const NAMED = /port|listen|bind|addr/i;

function asWord(port: number): RegExp {
  return new RegExp(`(?:^|[\\s:=])${port}(?![\\w.:])`);
}
