import type { Fix } from "@sre-agent/crds";
import { clip } from "../../findings/draft.ts";
import { alarmOf } from "../../log/fatal-line.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { absentCommand } from "./absent-command.ts";
import { absentVariable } from "./absent-variable.ts";
import { certificate } from "./certificate.ts";
import type { Trouble } from "./container-trouble.ts";
import { execFormat } from "./exec-format.ts";
import { forbiddenUser } from "./forbidden-user.ts";
import { fullVolume } from "./full-volume.ts";
import { hiddenFile } from "./hidden-file.ts";
import { lastLinesOf } from "./last-words.ts";
import { malformedAddress } from "./malformed-address.ts";
import { namedFile } from "./named-file.ts";
import { namedVariable } from "./named-variable.ts";
import { paddedValue } from "./padded-value.ts";
import { portInUse } from "./port-in-use.ts";
import { privilegedPort } from "./privileged-port.ts";
import { readOnlyPath } from "./read-only-path.ts";
import { refusedPassword } from "./refused-password.ts";
import { repeatedVariable } from "./repeated-variable.ts";
import { serviceLink } from "./service-link.ts";
import { shellArguments } from "./shell-arguments.ts";
import { unexpandedVariable } from "./unexpanded-variable.ts";
import { unknownFlag } from "./unknown-flag.ts";
import { unmountedPath } from "./unmounted-path.ts";

/** What the spec says about a crash whose words or exit code point there. */
export interface CrashHint {
  readonly words: string;
  readonly decide: string;
  readonly fix?: Fix | undefined;
}

type Hint = (index: SnapshotIndex, trouble: Trouble, said: string) => CrashHint | undefined;

/** In the order in which they are asked; `line` marks those that read any line well, whatever stands after it. */
const HINTS: readonly (readonly [Hint, "line" | "end"])[] = [
  [readOnlyPath, "line"],
  [portInUse, "line"],
  [privilegedPort, "line"],
  [execFormat, "end"],
  [absentCommand, "end"],
  [unknownFlag, "end"],
  [serviceLink, "line"],
  [absentVariable, "line"],
  [forbiddenUser, "line"],
  [fullVolume, "line"],
  [certificate, "line"],
  [refusedPassword, "line"],
  [repeatedVariable, "line"],
  [unexpandedVariable, "end"],
  [paddedValue, "end"],
  [malformedAddress, "end"],
  [shellArguments, "end"],
  [unmountedPath, "line"],
  [hiddenFile, "line"],
  [namedFile, "end"],
  [namedVariable, "end"],
];
const OF_LINES = HINTS.filter(([, reads]) => reads === "line");
const LAST_LINES = 20;

/** The first reading of a crash that the spec confirms: of its last words, else of a line before them, the nearest first. */
export function crashHint(index: SnapshotIndex, trouble: Trouble, said: string): CrashHint | undefined {
  const hints = HINTS.map(([read]) => read(index, trouble, said));
  return hints.find((one) => one !== undefined) ?? ofLine(index, trouble);
}

function ofLine(index: SnapshotIndex, trouble: Trouble): CrashHint | undefined {
  const lines = lastLinesOf(index, trouble).slice(-LAST_LINES).reverse();
  for (const { value } of lines.filter((line) => alarmOf(line.value) > 0)) {
    const hint = OF_LINES.map(([read]) => read(index, trouble, value)).find((one) => one !== undefined);
    if (hint !== undefined) return { ...hint, words: `before that it says "${clip(value, 200)}": ${hint.words}` };
  }
  return undefined;
}
