import type { Detector, SecretMatch } from "./match.ts";

const RUN = /(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{16,}={0,2}/g;
const MAX_DECODED = 65_536;

function decodeText(run: string): string | undefined {
  if (!/[a-z]/.test(run) || !/[A-Z]/.test(run)) return undefined;
  const text = Buffer.from(run.slice(0, MAX_DECODED), "base64").toString("latin1");
  return /^[\t\n\r -~]+$/.test(text) ? text : undefined;
}

/** Base64 of a text in which `detect` finds a secret: the whole encoded run. */
export function findEncoded(text: string, detect: Detector): SecretMatch[] {
  const found: SecretMatch[] = [];
  for (const match of text.matchAll(RUN)) {
    const decoded = decodeText(match[0]);
    if (decoded === undefined || detect(decoded).length === 0) continue;
    found.push({ kind: "base64", start: match.index, end: match.index + match[0].length });
  }
  return found;
}
