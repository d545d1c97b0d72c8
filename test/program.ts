import { join } from "node:path";
import { inject } from "vitest";
import type { Program } from "./programs.ts";

/** The path of a bundled program, to be started with Node. @throws why it could not be bundled. */
export function program(name: Program): string {
  const { folder, fault } = inject("programs");
  if (fault !== undefined) throw new Error(fault);
  return join(folder, `${name}.mjs`);
}
