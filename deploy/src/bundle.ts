import { join } from "node:path";
import { type BuildResult, build } from "esbuild";
import { directImports } from "./direct-imports.ts";
import { REQUIRED_BUILTINS } from "./required-builtins.ts";
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

/** Bundles one of what is shipped into the folder `outdir`. */
export function bundle(name: BundleName, outdir: string): Promise<BuildResult<{ metafile: true }>> {
  return bundlePrograms({ [name]: BUNDLES[name] }, outdir);
}

/**
 * Bundles programs with what they reach into the folder `outdir`; parts that are imported lazily, or by several of them,
 * become chunks of their own beside them.
 * @param entryPoints path of each program's first file, from the repository's root, by the program's name.
 */
export function bundlePrograms(
  entryPoints: Readonly<Record<string, string>>,
  outdir: string,
): Promise<BuildResult<{ metafile: true }>> {
  return build({
    absWorkingDir: root,
    entryPoints,
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node22",
    outdir,
    outExtension: { ".js": ".mjs" },
    chunkNames: `chunks/${Object.keys(entryPoints).join("-")}-[hash]`,
    banner: { js: REQUIRE },
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    metafile: true,
    plugins: [REQUIRED_BUILTINS, SLIM_PACKAGES, directImports(root)],
    logLevel: "warning",
  });
}
