import { join } from "node:path";
import { type BuildResult, build } from "esbuild";
import { directImports } from "./direct-imports.ts";
import { SLIM_PACKAGES } from "./slim-packages.ts";

const root = join(import.meta.dirname, "../..");

/** What is shipped: the whole program, and one bundle a role for the image. */
export const BUNDLES = {
  "sre-agent": "cli/src/main.ts",
  operator: "cli/src/roles/operator.ts",
  agent: "cli/src/roles/agent.ts",
  "mcp-read": "cli/src/roles/mcp-read.ts",
  "mcp-act": "cli/src/roles/mcp-act.ts",
} as const;
export type BundleName = keyof typeof BUNDLES;

/** CommonJS packages inside an ES module still call `require` for Node's own modules. */
const REQUIRE = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

/**
 * Bundles one of what is shipped.
 * @param outdir where it is written; nothing is written when it is left out (the metafile tells what would be).
 */
export function bundle(name: BundleName, outdir?: string): Promise<BuildResult<{ metafile: true }>> {
  return bundleProgram(name, BUNDLES[name], outdir);
}

/** Bundles one entry with what it reaches; parts that are imported lazily become chunks of their own beside it. */
export function bundleProgram(name: string, entry: string, outdir?: string): Promise<BuildResult<{ metafile: true }>> {
  return build({
    absWorkingDir: root,
    entryPoints: { [name]: entry },
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node22",
    outdir: outdir ?? "dist",
    outExtension: { ".js": ".mjs" },
    chunkNames: `chunks/${name}-[hash]`,
    banner: { js: REQUIRE },
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: true,
    legalComments: "none",
    metafile: true,
    plugins: [SLIM_PACKAGES, directImports(root)],
    write: outdir !== undefined,
    logLevel: "warning",
  });
}
