import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Metafile } from "esbuild";
import { describe, expect, inject, it } from "vitest";
import type { BundleName } from "../src/bundle.ts";

/** What really is in a bundle, after unused code was shaken off. */
async function contents(name: BundleName): Promise<readonly string[]> {
  const metafile: Metafile = JSON.parse(await readFile(join(inject("programs"), `${name}.json`), "utf8"));
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  return [...new Set(inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path))];
}

const matching = (paths: readonly string[], pattern: RegExp) => paths.filter((path) => pattern.test(path));

describe("the bundle of a role", () => {
  it("mcp-read holds nothing that can write", async () => {
    const paths = await contents("mcp-read");
    expect(
      matching(
        paths,
        /^mcp-server\/src\/(execute|guards|plans|audit)\/|^kube\/src\/(writer|record-writer|previewer|installer)\.ts/,
      ),
    ).toEqual([]);
    expect(matching(paths, /^kube\/src\/reader\.ts/)).toHaveLength(1);
  });

  it("agent holds no access to Kubernetes", async () => {
    expect(matching(await contents("agent"), /^(kube|mcp-server|operator|diagnosis)\/src\/|@kubernetes/)).toEqual([]);
  });

  it("operator holds no writer of workloads and no agent", async () => {
    expect(
      matching(await contents("operator"), /^kube\/src\/(writer|installer)\.ts|^(agent|mcp-server)\/src\//),
    ).toEqual([]);
  });

  it.each(["operator", "agent", "mcp-read", "mcp-act"] as const)("%s holds no sandbox and no demo", async (name) => {
    expect(matching(await contents(name), /^sandbox\/src\/|^cli\/src\/demo\//)).toEqual([]);
  });

  it.each(["mcp-read", "mcp-act"] as const)("%s holds no model client", async (name) => {
    expect(matching(await contents(name), /node_modules\/(openai|@azure)\//)).toEqual([]);
  });

  // Each stands under its parsing at every start; a package that moves the file that is replaced brings them back.
  it.each(["agent", "mcp-read"] as const)("%s holds none of the tables and parts that are replaced", async (name) => {
    const replaced =
      /ajvProvider|iconv-lite\/encodings\/tables|qs\/lib\/parse|debug\/src\/node|thread-stream|prom-client\/lib\/summary|undici\/lib\/(mock|web\/websocket)\/|RateLimiterMongo|zod\/v4\/locales\/(?!en\.|index\.)/;
    expect(matching(await contents(name), replaced)).toEqual([]);
  });
});
