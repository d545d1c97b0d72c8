import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt, objectsAt } from "../../snapshot/json.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { podSpecOf } from "../../snapshot/pod-template.ts";
import { referencesOf } from "../../snapshot/references.ts";
import { hasWord } from "../../snapshot/whole-word.ts";
import { settingsOf } from "./container-setting.ts";
import type { Trouble } from "./container-trouble.ts";

/** Where a container is told to listen on `port`: its env, its arguments, or a ConfigMap that it reads. */
export function portSetting(index: SnapshotIndex, trouble: Trouble, port: number): string | undefined {
  const own = settingsOf(trouble).find(({ variable, text }) =>
    variable === undefined ? names(text, port) : sets(variable, text, port),
  );
  return own?.field ?? inConfiguration(index, trouble, port);
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
  return (whole && NAMED.test(name)) || value.split("\n").some((line) => NAMED.test(line) && names(line, port));
}

const NAMED = /port|listen|bind|addr/i;

function names(text: string, port: number): boolean {
  return hasWord(text, String(port), { before: /[^\s:=]/, after: /[\w.:]/ });
}
