import type { SecretMatch } from "./match.ts";

const BEGIN = /-----BEGIN [A-Z0-9 ]{1,40}-----/g;
const END = "-----END";
const MAX_BLOCK = 16_384;
const MAX_END_LINE = 60;

/** Base64 lines, also with the line ends escaped as in JSON, and the headers of an encrypted key. */
const BODY = /(?:[A-Za-z0-9+/=]{16,}|\\[nrt]|[\s,:-])+/y;

function endOfTruncated(text: string, from: number): number {
  BODY.lastIndex = from;
  const length = BODY.exec(text)?.[0].trimEnd().length ?? 0;
  return from + Math.min(length, MAX_BLOCK);
}

function endOfLine(text: string, end: number): number {
  const closing = text.indexOf("-----", end + END.length);
  return closing !== -1 && closing - end < MAX_END_LINE ? closing + 5 : end + END.length;
}

/** PEM blocks of any label, whole. A block whose end was cut off counts as far as its base64 goes. */
export function findPem(text: string): SecretMatch[] {
  const found: SecretMatch[] = [];
  let covered = 0;
  // Remembered between blocks: a text full of begin lines without an end would be searched to its end for each.
  let nextEnd = text.indexOf(END);
  for (const match of text.matchAll(BEGIN)) {
    if (match.index < covered) continue;
    const body = match.index + match[0].length;
    if (nextEnd !== -1 && nextEnd < body) nextEnd = text.indexOf(END, body);
    const whole = nextEnd !== -1 && nextEnd - body <= MAX_BLOCK;
    covered = whole ? endOfLine(text, nextEnd) : endOfTruncated(text, body);
    found.push({ kind: "pem", start: match.index, end: covered });
  }
  return found;
}
