import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, textAt } from "../../snapshot/json.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { hasWord } from "../../snapshot/whole-word.ts";
import { fieldOf } from "./container-field.ts";
import type { Trouble } from "./container-trouble.ts";
import type { CrashHint } from "./crash-hint.ts";

const MIN_VALUE = 3;

/** A variable that an env sets twice, and that the words are about: of several entries the last one counts. */
export function repeatedVariable(_index: SnapshotIndex, trouble: Trouble, said: string): CrashHint | undefined {
  const env = objectsAt(containerSpec(trouble.pod, trouble.container), "env");
  const found = env.findLast((entry, position) => {
    const [name, value = ""] = [textAt(entry, "name") ?? "", textAt(entry, "value")];
    const before = env.slice(0, position).some((one) => one["name"] === name && one["value"] !== entry["value"]);
    return before && (hasWord(said, name, /\w/) || (value.length >= MIN_VALUE && said.includes(value)));
  });
  const name = textAt(found, "name");
  if (name === undefined) return undefined;
  const places = env.flatMap((entry, position) => (entry["name"] === name ? [position] : []));
  return {
    words: `${fieldOf(trouble, "env")} sets ${name} ${places.length} times (entries ${places.join(", ")}), and the last one counts`,
    decide: `leave one entry of ${name} in ${fieldOf(trouble, "env")}, the right one`,
  };
}
