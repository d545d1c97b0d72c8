import { z } from "zod";

/** One argument that is not what the tool takes. */
export interface ArgumentFault {
  /** Dotted; empty for the arguments as a whole. */
  readonly path: string;
  readonly expected: string;
}

const MAX_FAULTS = 5;
const MAX_EXPECTED = 200;

/** Schemas as they were listed, compiled once; undefined for one that cannot be: its server checks. */
const compiled = new WeakMap<object, z.ZodType | undefined>();

/**
 * Checks arguments against a tool's whole schema, with the bounds that providers do not know. What cannot be compiled
 * is left to the tool's server.
 */
export function argumentFaults(given: unknown, schema: Readonly<Record<string, unknown>>): readonly ArgumentFault[] {
  if (!compiled.has(schema)) compiled.set(schema, compile(schema));
  const parsed = compiled.get(schema)?.safeParse(given);
  const issues = parsed?.success === false ? parsed.error.issues : [];
  return issues.slice(0, MAX_FAULTS).map(({ path, message, ...issue }) => {
    const unknown = issue.code === "unrecognized_keys" ? issue.keys : [];
    return { path: [...path, ...unknown].join("."), expected: message.slice(0, MAX_EXPECTED) };
  });
}

function compile(schema: Readonly<Record<string, unknown>>): z.ZodType | undefined {
  try {
    return z.fromJSONSchema(schema);
  } catch {
    return undefined;
  }
}
