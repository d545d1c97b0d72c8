import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt, objectsAt, textAt, valueAt } from "../../snapshot/json.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { referencesOf } from "../../snapshot/references.ts";
import type { Trouble } from "./container-trouble.ts";
import type { CrashHint } from "./crash-hint.ts";
import { isMalformed } from "./malformed-address.ts";

/** One line with white space around it: what a block scalar or an echo leaves behind. */
const PADDED = /^(?:\s+\S[^\n]*|[^\n]*\S\s+)$/;
const ADDRESS = /:\/\/|(?:^|_)(?:HOST|ADDR|ADDRESS|URL|URI|ENDPOINT|PORT)$/i;

/**
 * An address that a container reads as env, with white space at its ends: programs take it as part of the address. Where
 * they say that something is malformed, any such value.
 */
export function paddedValue(index: SnapshotIndex, { pod, container }: Trouble, said: string): CrashHint | undefined {
  const spec = containerSpec(pod, container);
  const malformed = isMalformed(said);
  const isPadded = (name: string | undefined, value: unknown) =>
    hasPadding(value) && (malformed || ADDRESS.test(name ?? "") || ADDRESS.test(value));
  const literal = objectsAt(spec, "env").find((entry) => isPadded(textAt(entry, "name"), textAt(entry, "value")));
  if (literal !== undefined) return hint(`env ${textAt(literal, "name")} of container ${container}`);
  const read = referencesOf({ containers: [spec] }).filter(({ kind, by }) => kind === "ConfigMap" && by === "env");
  for (const { name, key } of read) {
    const data = objectAt(index.byName("ConfigMap", pod.metadata.namespace, name), "data");
    const padded = Object.keys(data).find((one) => (key ?? one) === one && isPadded(one, valueAt(data, one)));
    if (padded !== undefined)
      return hint(`key ${padded} of ConfigMap ${name}, which container ${container} reads as env,`);
  }
  return undefined;
}

function hasPadding(value: unknown): value is string {
  return typeof value === "string" && PADDED.test(value);
}

function hint(what: string): CrashHint {
  return {
    words: `the value of ${what} has white space or a line break at its end or beginning`,
    decide: `remove the white space around the value of ${what.replace(/,$/, "")}`,
  };
}
