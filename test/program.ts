import { join } from "node:path";
import { inject } from "vitest";

/** The path of a bundled program, to be started with Node. */
export function program(name: string): string {
  return join(inject("programs"), `${name}.mjs`);
}
