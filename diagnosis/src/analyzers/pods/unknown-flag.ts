import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textsAt } from "../../snapshot/json.ts";
import { nearestName } from "../../snapshot/nearest-name.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { hasWord } from "../../snapshot/whole-word.ts";
import { fieldOf } from "./container-field.ts";
import { settingsOf } from "./container-setting.ts";
import type { Trouble } from "./container-trouble.ts";
import type { CrashHint } from "./crash-hint.ts";
import { lastLinesOf } from "./last-words.ts";

const REFUSED =
  /\b(?:unknown|unrecogni[sz]ed|undefined|invalid|illegal|unexpected|unsupported|bad|no such|not defined)\b[^\n]{0,60}?(?<![\w-])(-{1,2}[A-Za-z][\w.-]*)/i;
const TOLERATED = /\b(?:ignor\w+|deprecated|warn(?:ing)?)\b/i;
const FLAG = /(?<![\w-])-{1,2}([A-Za-z][\w.-]*)/g;

/** A flag that the program refuses by name: where the container is given it. Another one is meant only where the log lists it. */
export function unknownFlag(index: SnapshotIndex, trouble: Trouble, said: string): CrashHint | undefined {
  const lines = [said, ...lastLinesOf(index, trouble).map(({ value }) => value)];
  for (const line of lines.filter((one) => !TOLERATED.test(one))) {
    const flag = REFUSED.exec(line)?.[1]?.replace(/[.-]+$/, "");
    const place = flag === undefined ? undefined : placeOf(trouble, flag.replace(/^-+/, ""));
    if (flag !== undefined && place !== undefined) return hint({ flag, place }, knownFlags(lines, line));
  }
  return undefined;
}

function hint({ flag, place }: { readonly flag: string; readonly place: string }, known: readonly string[]): CrashHint {
  const near = nearestName(flag.replace(/^-+/, ""), known);
  const meant = near === undefined ? "" : `; its log lists ${/^-+/.exec(flag)?.[0]}${near}`;
  return {
    words: `the program knows no ${flag}, which is ${place}${meant}`,
    decide: `correct or remove ${flag} in ${place}${near === undefined ? "" : ` (${/^-+/.exec(flag)?.[0]}${near}?)`}`,
  };
}

/** The element that is the flag, else the script or the variable that holds it as a word; some programs print one dash for two. */
function placeOf(trouble: Trouble, name: string): string | undefined {
  const spec = containerSpec(trouble.pod, trouble.container);
  const elements = ["args", "command"].flatMap((field) =>
    textsAt(spec, field).map((text, position) => ({ field: fieldOf(trouble, `${field}[${position}]`), text })),
  );
  const own = elements.find(
    ({ text }) => text.replace(/^-{1,2}/, "").split(/[=\s]/)[0] === name && text.startsWith("-"),
  );
  const variables = settingsOf(trouble).filter(({ variable }) => variable !== undefined);
  const holding = [...elements, ...variables].find(({ text }) =>
    [`-${name}`, `--${name}`].some((flag) => hasWord(text, flag, /[\w-]/)),
  );
  return (own ?? holding)?.field;
}

/** What the other lines, its usage or its advice, call flags. */
function knownFlags(lines: readonly string[], refused: string): readonly string[] {
  const others = lines.filter((line) => line !== refused);
  return others.flatMap((line) => [...line.matchAll(FLAG)].map(([, name = ""]) => name));
}
