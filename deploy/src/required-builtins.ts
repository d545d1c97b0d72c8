import { createRequire, isBuiltin } from "node:module";
import type { Plugin } from "esbuild";

const require = createRequire(import.meta.url);
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/**
 * What a bundle imports of Node's own modules, it requires. An import looks at all that a module exports, and some of it is
 * made when it is looked at: `util.TextDecoder` with half of Node's streams, `process.stdin` with the streams themselves.
 */
export const REQUIRED_BUILTINS: Plugin = {
  name: "required-builtins",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?[a-z_/]+$/ }, ({ path, kind }) =>
      kind === "import-statement" && isBuiltin(path) ? { path, namespace: "builtin" } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => ({ contents: requiring(path) }));
  },
};

/** A module of the same exports, of which a bundle keeps and looks at those that it names. */
function requiring(builtin: string): string {
  const names = Object.keys(require(builtin) as object).filter((name) => IDENTIFIER.test(name) && name !== "default");
  return [
    `const builtin = require(${JSON.stringify(builtin)});`,
    "export default builtin;",
    ...names.map(
      (name) => `const own_${name} = /* @__PURE__ */ (() => builtin.${name})(); export { own_${name} as ${name} };`,
    ),
  ].join("\n");
}
