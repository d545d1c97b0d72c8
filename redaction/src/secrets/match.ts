/** Where a secret stands in a text: `start` inclusive, `end` exclusive, in UTF-16 units. */
export interface SecretMatch {
  readonly kind: string;
  readonly start: number;
  readonly end: number;
}

/** Finds secrets in time linear in the text; matches may overlap those of other detectors. */
export type Detector = (text: string) => SecretMatch[];

/** A pattern whose first group stands before the secret and whose second is the secret. */
export interface PrefixedPattern {
  readonly kind: string;
  /** Global. Every repetition is bounded or cannot start inside its own run, which keeps the search linear. */
  readonly pattern: RegExp;
  /** Refuses a match that only looks like one. */
  readonly accept?: (secret: string, before: string) => boolean;
}

export function findPrefixed(text: string, { kind, pattern, accept }: PrefixedPattern): SecretMatch[] {
  const found: SecretMatch[] = [];
  for (const match of text.matchAll(pattern)) {
    const [, before = "", secret = ""] = match;
    if (secret === "" || accept?.(secret, before) === false) continue;
    const start = match.index + before.length;
    found.push({ kind, start, end: start + secret.length });
  }
  return found;
}
