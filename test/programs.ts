import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { BUNDLES, bundlePrograms } from "../deploy/src/bundle.ts";

const root = join(import.meta.dirname, "..");

/** The product, and programs that tests need at the other end of a pipe. */
const PROGRAMS = {
  "sre-agent": BUNDLES["sre-agent"],
  "asking-server": "mcp-server/test/asking-server.ts",
  "stdio-server": "mcp-server/test/stdio-server.ts",
} as const;
export type Program = keyof typeof PROGRAMS;

interface Programs {
  readonly folder: string;
  /** Why they could not be bundled: of concern to the tests that start one, and to no other. */
  readonly fault?: string;
}

declare module "vitest" {
  export interface ProvidedContext {
    readonly programs: Programs;
  }
}

/**
 * Once before all tests: what tests start as a process is bundled. From its sources each start would take four times as
 * long, and there are some hundred.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Beside the sources, since some parts are looked up in node_modules.
  const folder = await mkdtemp(join(root, "dist-test-"));
  const fault = await bundlePrograms({ ...PROGRAMS, [GUARD]: `test/${GUARD}.ts` }, folder).then(
    () => undefined,
    String,
  );
  if (fault === undefined && project.name === "hermetic") await guard(folder);
  project.provide("programs", { folder, ...(fault === undefined ? {} : { fault }) });
  return () => rm(folder, { recursive: true, force: true });
}

const GUARD = "loopback-guard";

/** Has every program, and so whatever it starts of itself, begin with what keeps it from other machines. */
async function guard(folder: string): Promise<void> {
  for (const name of Object.keys(PROGRAMS)) {
    const path = join(folder, `${name}.mjs`);
    await writeFile(path, `import "./${GUARD}.mjs";${await readFile(path, "utf8")}`);
  }
}
