import { normalise, type Pseudonym, redact } from "@sre-agent/redaction";

/** Makes a text fit to be stored: no invisible characters, no credentials. Idempotent. */
export type Scrub = (text: string) => string;

export function createScrub(pseudonym: Pseudonym): Scrub {
  return (text) => redact(normalise(text), { pseudonym }).text;
}
