import { randomBytes } from "node:crypto";
import { createScrub } from "@sre-agent/operator";
import { createPseudonyms } from "@sre-agent/redaction";

/** A scrub of this process: what a cluster's text could do to a terminal or give away is taken out. */
export const newScrub = () => createScrub(createPseudonyms(randomBytes(32)));

/** Every text in `value`, scrubbed; keys and everything that is no text stay. */
export function scrubbed<Value>(value: Value, scrub: (text: string) => string): Value {
  // Kinds, names and causes stand in a diagnosis in thousands of places.
  const known = new Map<string, string>();
  const clean = (text: string): string => {
    const scrubbedText = known.get(text) ?? scrub(text);
    known.set(text, scrubbedText);
    return scrubbedText;
  };
  const walk = (item: unknown): unknown => {
    if (typeof item === "string") return clean(item);
    if (Array.isArray(item)) return item.map(walk);
    if (typeof item !== "object" || item === null) return item;
    return Object.fromEntries(Object.entries(item).map(([key, member]) => [key, walk(member)]));
  };
  return walk(value) as Value;
}
