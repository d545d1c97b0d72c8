import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Plugin } from "esbuild";

const IMPORT = /^import \{([^}]*)\} from "(@sre-agent\/[\w/-]+)";/gm;
const EXPORT = /^export \{([^}]*)\} from "(\.\/[^"]+)";/gm;

/**
 * Takes imports of a workspace straight to the files that define the names. An index of re-exports would tie all of its
 * files to whoever wants one of them, and everything would be loaded at every start.
 */
export function directImports(root: string): Plugin {
  const indexes = new Map<string, ReadonlyMap<string, string>>();
  const definedIn = (specifier: string) => {
    const known = indexes.get(specifier) ?? filesByName(indexOf(root, specifier));
    indexes.set(specifier, known);
    return known;
  };
  return {
    name: "direct-imports",
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => ({
        contents: readFileSync(path, "utf8").replaceAll(
          IMPORT,
          (statement, names: string, specifier: string) => direct(names, definedIn(specifier)) ?? statement,
        ),
        loader: "ts",
      }));
    },
  };
}

/** One import a name, or undefined when one of them is defined elsewhere. */
function direct(names: string, files: ReadonlyMap<string, string>): string | undefined {
  const imports = valuesIn(names).map(({ given, local }) => {
    const file = files.get(given);
    return file && `import { ${given} as ${local} } from ${JSON.stringify(file)};`;
  });
  return imports.includes(undefined) ? undefined : imports.join(" ");
}

/** Types are gone in a bundle. */
function valuesIn(names: string): readonly { readonly given: string; readonly local: string }[] {
  return names
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && !name.startsWith("type "))
    .map((name) => {
      const [given = name, local = given] = name.split(" as ");
      return { given, local };
    });
}

function filesByName(index: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const [, names = "", file = ""] of readFileSync(index, "utf8").matchAll(EXPORT)) {
    for (const { given, local } of valuesIn(names)) if (given === local) files.set(local, join(dirname(index), file));
  }
  return files;
}

/** By the `exports` of its package.json. */
function indexOf(root: string, specifier: string): string {
  const [, workspace = "", ...rest] = specifier.split("/");
  const { exports } = JSON.parse(readFileSync(join(root, workspace, "package.json"), "utf8")) as {
    readonly exports: Readonly<Record<string, string>>;
  };
  return join(root, workspace, exports[rest.length === 0 ? "." : `./${rest.join("/")}`] ?? "");
}
