import { randomBytes } from "node:crypto";
import { createPseudonyms, normalise, redact } from "@sre-agent/redaction";

/** What of a text may leave with a span: redacted and bounded. */
export type Content = (text: string) => string;

const MAX_CHARACTERS = 4_096;

/** Content for spans; undefined unless it is asked for. */
export function contentFor(captured: boolean): Content | undefined {
  if (!captured) return undefined;
  const pseudonym = createPseudonyms(randomBytes(32));
  return (text) => redact(normalise(text), { pseudonym }).text.slice(0, MAX_CHARACTERS);
}
