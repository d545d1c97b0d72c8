import { join } from "node:path";
import { type BuildResult, build, type Plugin } from "esbuild";
import { directImports } from "./direct-imports.ts";

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

/** A package in a smaller form than its entry, so that less is parsed and set up at each start. */
interface Slim {
  readonly module: RegExp;
  readonly contents: string;
}

const SLIM: readonly Slim[] = [
  // zod carries its messages in fifty languages; English is the one that is shown.
  { module: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/, contents: 'export { default as en } from "./en.js";' },
  // The MCP SDK brings ajv for forms that people fill in and for structured output: for the one form with the one box of
  // ours its small validator does. `process` is the global one: as an import it would open all three standard streams.
  {
    module: /[\\/]@modelcontextprotocol[\\/](client|server)[\\/]dist[\\/]shimsNode\.mjs$/,
    contents: `
      export { CfWorkerJsonSchemaValidator as DefaultJsonSchemaValidator } from "./validators/cfWorker.mjs";
      export const CORS_IS_POSSIBLE = false;
      const { process } = globalThis;
      export { process };`,
  },
  // undici's entry sets up fetch, WebSocket, caches and mocks; Node has its own fetch.
  {
    module: /[\\/]undici[\\/]index\.js$/,
    contents: `
      Object.assign(require("./lib/dispatcher/dispatcher.js").prototype, require("./lib/api"));
      exports.Agent = require("./lib/dispatcher/agent.js");
      exports.ProxyAgent = require("./lib/dispatcher/proxy-agent.js");`,
  },
];

const SLIM_PACKAGES: Plugin = {
  name: "slim-packages",
  setup({ onLoad }) {
    for (const { module, contents } of SLIM) onLoad({ filter: module }, () => ({ contents, loader: "js" }));
  },
};

/**
 * Bundles one entry with what it reaches; parts that are imported lazily become chunks of their own beside it.
 * @param outdir where it is written; nothing is written when it is left out (the metafile tells what would be).
 */
export async function bundle(name: BundleName, outdir?: string): Promise<BuildResult<{ metafile: true }>> {
  return build({
    absWorkingDir: root,
    entryPoints: { [name]: BUNDLES[name] },
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
