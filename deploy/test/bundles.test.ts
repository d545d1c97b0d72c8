import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Metafile } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BundleName, bundle } from "../src/bundle.ts";

const root = join(import.meta.dirname, "../..");
const ROLES = ["operator", "agent", "mcp-read", "mcp-act"] as const;
const START_MS = 180_000;
const NOWHERE = "http://127.0.0.1:9";

let folder = "";
const metafiles = new Map<BundleName, Metafile>();
beforeAll(async () => {
  // Beside the sources, since some parts are looked up in node_modules.
  folder = await mkdtemp(join(root, "dist-test-"));
  await writeFile(join(folder, "secret"), "only-for-this-test");
  const user = { token: "only-for-this-test" };
  const kubeconfig = {
    "current-context": "test",
    clusters: [{ name: "test", cluster: { server: NOWHERE } }],
    users: [{ name: "test", user }],
    contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
  };
  await writeFile(join(folder, "kubeconfig"), JSON.stringify(kubeconfig));
  for (const role of ROLES) metafiles.set(role, (await bundle(role, folder)).metafile);
}, START_MS);
afterAll(() => rm(folder, { recursive: true, force: true }));

const inFolder = (name: string) => join(folder, name);

function settingsOf(role: BundleName): Readonly<Record<string, string>> {
  if (role === "operator")
    return { KUBECONFIG: inFolder("kubeconfig"), AGENT_URL: NOWHERE, AGENT_SECRET_FILE: inFolder("secret") };
  if (role === "agent")
    return {
      AGENT_SECRET_FILE: inFolder("secret"),
      MCP_READ_URL: `${NOWHERE}/mcp`,
      MCP_TOKEN_FILE: inFolder("secret"),
      REDIS_URL: "redis://127.0.0.1:9",
    };
  return { KUBECONFIG: inFolder("kubeconfig") };
}

/** What the process said until it served, or until it ended. */
function started(role: BundleName): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [inFolder(`${role}.mjs`)], {
      env: { HOST: "127.0.0.1", PORT: "0", ...settingsOf(role) },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (chunk) => {
      said += chunk;
      if (said.includes('"serving"')) child.kill("SIGKILL");
    });
    child.on("error", reject);
    child.on("close", () => resolve(said));
  });
}

describe("a role as it is shipped", () => {
  it.each(ROLES)(
    "%s comes up from its bundle",
    async (role) => {
      expect(await started(role)).toContain('"message":"serving"');
    },
    START_MS,
  );
});

/** What really is in a bundle, after unused code was shaken off. */
function contents(role: BundleName): readonly string[] {
  const outputs = Object.values(metafiles.get(role)?.outputs ?? {});
  const inputs = outputs.flatMap((output) => Object.entries(output.inputs));
  return [...new Set(inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path))];
}

const matching = (paths: readonly string[], pattern: RegExp) => paths.filter((path) => pattern.test(path));

describe("the bundle of a role", () => {
  it.each(ROLES)("%s takes no schema of the MCP SDK by a name under which none is left", async (role) => {
    const outputs = Object.keys(metafiles.get(role)?.outputs ?? {});
    const texts = await Promise.all(outputs.map((output) => readFile(join(root, output), "utf8")));
    const taken = texts.join("\n").matchAll(/\b(?:isSpecType|specTypeSchemas)\d*(\.\w+|\[)/g);
    expect([...new Set([...taken].map(([, name]) => name))]).toEqual(role === "agent" ? [".Implementation"] : []);
  });

  it("mcp-read holds nothing that can write", () => {
    const paths = contents("mcp-read");
    expect(
      matching(
        paths,
        /^mcp-server\/src\/(execute|guards|plans|audit)\/|^kube\/src\/(writer|record-writer|previewer|installer)\.ts/,
      ),
    ).toEqual([]);
    expect(matching(paths, /^kube\/src\/reader\.ts/)).toHaveLength(1);
  });

  it("agent holds no access to Kubernetes", () => {
    expect(matching(contents("agent"), /^(kube|mcp-server|operator|diagnosis)\/src\/|@kubernetes/)).toEqual([]);
  });

  it("operator holds no writer of workloads and no agent", () => {
    expect(matching(contents("operator"), /^kube\/src\/(writer|installer)\.ts|^(agent|mcp-server)\/src\//)).toEqual([]);
  });

  it.each(ROLES)("%s holds no sandbox and no demo", (name) => {
    expect(contents(name)).not.toEqual([]);
    expect(matching(contents(name), /^sandbox\/src\/|^cli\/src\/demo\//)).toEqual([]);
  });

  it.each(["mcp-read", "mcp-act"] as const)("%s holds no model client, as the agent does", (name) => {
    const clients = /node_modules\/(openai|@azure)\//;
    expect(matching(contents(name), clients)).toEqual([]);
    expect(matching(contents("agent"), clients)).not.toEqual([]);
  });

  // Each stands under its parsing at every start; a package that moves the file that is replaced brings them back.
  it.each(["agent", "mcp-read"] as const)("%s holds none of the tables and parts that are replaced", (name) => {
    const replaced =
      /ajvProvider|iconv-lite\/encodings\/tables|qs\/lib\/parse|debug\/src\/node|thread-stream|prom-client\/lib\/summary|undici\/lib\/(mock|web\/websocket)\/|RateLimiterMongo|zod\/v4\/locales\/(?!en\.|index\.)/;
    expect(matching(contents(name), replaced)).toEqual([]);
  });
});
