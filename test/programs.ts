import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { BUNDLES, type BundleName, bundle, bundleProgram } from "../deploy/src/bundle.ts";

const root = join(import.meta.dirname, "..");

/** Programs that are none of the product's, for tests of what needs a process at the other end. */
const FOR_TESTS = {
  "asking-server": "mcp-server/test/asking-server.ts",
  "stdio-server": "mcp-server/test/stdio-server.ts",
} as const;

declare module "vitest" {
  export interface ProvidedContext {
    /** The folder of the programs: `NAME.mjs`, and for what is shipped the files in it, `NAME.json`. */
    readonly programs: string;
  }
}

/**
 * Once before all tests: what tests start as a process is bundled as it is shipped. The same from its sources takes
 * four times as long to start, and tests start a few hundred processes.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Beside the sources, since some parts are looked up in node_modules.
  const folder = await mkdtemp(join(root, "dist-test-"));
  for (const name of Object.keys(BUNDLES) as BundleName[]) {
    const { metafile } = await bundle(name, folder);
    await writeFile(join(folder, `${name}.json`), JSON.stringify(metafile));
  }
  for (const [name, entry] of Object.entries(FOR_TESTS)) await bundleProgram(name, entry, folder);
  project.provide("programs", folder);
  return () => rm(folder, { recursive: true, force: true });
}
