import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");

/** What each workspace may import of the others; docs/architecture.md says why. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  crds: [],
  redaction: [],
  frame: [],
  kube: ["redaction"],
  diagnosis: ["crds"],
  "mcp-server": ["crds", "kube", "redaction", "diagnosis", "frame"],
  agent: ["crds", "redaction", "frame"],
  operator: ["crds", "kube", "redaction", "frame"],
  sandbox: ["crds"],
  deploy: ["crds", "frame", "agent", "mcp-server", "operator"],
  evals: ["crds", "diagnosis", "kube", "mcp-server", "redaction"],
};

/** SDKs that one file alone, or one workspace alone, may import. */
const SINGLE_FILE: Readonly<Record<string, RegExp>> = {
  "@kubernetes/client-node": /^kube\/src\//,
  undici: /^kube\/src\//,
  openai: /^agent\/src\/model\//,
  "@modelcontextprotocol/client": /^agent\/src\/tools\//,
};

interface Import {
  readonly file: string;
  readonly from: string;
}

function imports(workspace: string): readonly Import[] {
  const folder = join(root, workspace, "src");
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && !/(^|\/)test\//.test(file))
    .flatMap((file) => {
      const text = readFileSync(join(folder, file), "utf8");
      const found = text.matchAll(
        /^(?:import|export)(?: type)? [\w*{][\w\s,{}*]*? from "([^"]+)";|^import "([^"]+)";|\bimport\(\s*"([@\w./-]+)"\s*\)/gm,
      );
      return [...found].map(([, from, bare, call]) => ({
        file: `${workspace}/src/${file}`,
        from: from ?? bare ?? call ?? "",
      }));
    });
}

describe.each(Object.entries(ALLOWED))("%s", (workspace, allowed) => {
  it(`imports of the other workspaces only: ${allowed.join(", ") || "none"}`, () => {
    const others = imports(workspace).filter(({ from }) => from.startsWith("@sre-agent/"));
    const wrong = others.filter(({ from }) => !allowed.includes(from.split("/")[1] ?? ""));
    expect(wrong).toEqual([]);
  });

  it("declares what it imports", () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, workspace, "package.json"), "utf8"));
    const packages = imports(workspace)
      .map(({ from }) => from)
      .filter((from) => !from.startsWith(".") && !from.startsWith("node:"))
      .map((from) =>
        from
          .split("/")
          .slice(0, from.startsWith("@") ? 2 : 1)
          .join("/"),
      );
    expect([...new Set(packages)].filter((name) => !(name in (dependencies ?? {})))).toEqual([]);
  });
});

describe.each(Object.entries(SINGLE_FILE))("%s", (sdk, place) => {
  it(`is imported below ${place.source} only`, () => {
    const importers = Object.keys(ALLOWED)
      .flatMap(imports)
      .filter(({ from }) => from === sdk || from.startsWith(`${sdk}/`));
    expect(importers.map(({ file }) => file).filter((file) => !place.test(file))).toEqual([]);
  });
});
