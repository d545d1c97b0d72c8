import { normalise } from "@sre-agent/redaction";

const ACTIVE = /\b(https?|ftp|data|javascript|file|mailto):/gi;
const IMAGE = /!\[/g;

/**
 * Words of a model as plain text: no control characters, and nothing that a viewer would follow or load by itself. An
 * address stays readable.
 */
export function plainWords(text: string): string {
  return normalise(text).replace(IMAGE, "[").replace(ACTIVE, "$1[:]");
}
