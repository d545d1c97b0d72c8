import type { SecretMatch } from "./match.ts";

const RUN = /(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_=-]{20,}/g;
const MIN_PIECE = 8;
const MIN_MIXED = 16;
/** Random base62 changes between upper, lower and digit at about 2 of 3 places, a compound identifier at 1 of 4. */
const MIN_CHANGES = 0.36;

function classOf(code: number): "digit" | "upper" | "lower" {
  if (code < 58) return "digit";
  return code < 91 ? "upper" : "lower";
}

function changeRate(piece: string): number {
  let changes = 0;
  for (let index = 1; index < piece.length; index++) {
    if (classOf(piece.charCodeAt(index)) !== classOf(piece.charCodeAt(index - 1))) changes += 1;
  }
  return changes / (piece.length - 1);
}

/** Upper, lower and digits shuffled: no name, hash, digest or timestamp of Kubernetes is written so. */
function isMixed(piece: string): boolean {
  return (
    piece.length >= MIN_PIECE &&
    /[a-z]/.test(piece) &&
    /[A-Z]/.test(piece) &&
    /\d/.test(piece) &&
    changeRate(piece) >= MIN_CHANGES
  );
}

/** Long lower-case tokens that are neither hex (digests, commits, uids) nor words. */
function isLongLowerCase(piece: string): boolean {
  const digits = piece.length >= 32 && /^[a-z0-9]+$/.test(piece) ? piece.replace(/\D/g, "").length : 0;
  return digits >= piece.length * 0.15 && digits >= 5 && /[g-z]/.test(piece) && changeRate(piece) >= MIN_CHANGES * 0.8;
}

function looksRandom(run: string): boolean {
  const pieces = run.split(/[+/_=-]+/);
  const mixed = pieces.filter(isMixed).reduce((length, piece) => length + piece.length, 0);
  return mixed >= MIN_MIXED || pieces.some(isLongLowerCase);
}

/** Long tokens that look drawn at random. Digests, uids, template hashes, commits and object names do not. */
export function findRandomTokens(text: string): SecretMatch[] {
  const found: SecretMatch[] = [];
  for (const match of text.matchAll(RUN)) {
    if (looksRandom(match[0])) found.push({ kind: "token", start: match.index, end: match.index + match[0].length });
  }
  return found;
}
