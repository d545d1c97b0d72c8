import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { addressKeys } from "../configuration/secret-keys.ts";
import type { Trouble } from "./container-trouble.ts";
import type { CrashHint } from "./crash-hint.ts";

const WRONG = "(?:malformed|bad|illegal|invalid|unparsable|could not parse|cannot parse|failed to parse)";
const WHAT = "(?:ur[il]s?|host ?name|header|dsn|connection string|endpoint|address)";
const MALFORMED = new RegExp(
  `\\b${WRONG}\\b[^\\n]{0,60}\\b${WHAT}\\b|\\b${WHAT}\\b[^\\n]{0,40}\\b(?:malformed|illegal|invalid|bad format)\\b|unsupported protocol scheme`,
  "i",
);

/** Addresses of other kinds, and those at which a program listens itself. */
const OTHER = /\b(?:listen|listening|bind|e-?mail|ip address|memory address)\b/i;

/** Whether a line says that an address or a header has not the form of one. */
export function isMalformed(line: string): boolean {
  return MALFORMED.test(line) && !OTHER.test(line);
}

/** An address that a program finds malformed and that comes of a Secret: where it is looked at. Nobody reads it here. */
export function malformedAddress(index: SnapshotIndex, trouble: Trouble, said: string): CrashHint | undefined {
  const { pod, container } = trouble;
  if (!isMalformed(said)) return undefined;
  const spec = { containers: [containerSpec(pod, container)] };
  const keys = addressKeys(index, pod.metadata.namespace ?? "", spec).join(" and ");
  if (keys === "") return undefined;
  return {
    words: `container ${container} takes an address from ${keys}, whose value is not read here`,
    decide: `look whether the value of ${keys} is a whole address, without white space or a line break at its end`,
  };
}
