import { createHmac } from "node:crypto";

/** Gives the short stable tag of a secret: lower-case hex, the same for the same kind and value. */
export type Pseudonym = (kind: string, value: string) => string;

const TAG_LENGTH = 8;

/**
 * Tags from a keyed hash: equal secrets stay recognisable as equal, and without the key nobody can test a guess. The
 * key is random, at least 16 bytes, and lives as long as its tags have to compare. Throws RangeError for a shorter one.
 */
export function createPseudonyms(key: Uint8Array): Pseudonym {
  if (key.byteLength < 16) throw new RangeError(`a pseudonym key has at least 16 bytes, this one ${key.byteLength}`);
  return (kind, value) => createHmac("sha256", key).update(`${kind}\0${value}`).digest("hex").slice(0, TAG_LENGTH);
}
