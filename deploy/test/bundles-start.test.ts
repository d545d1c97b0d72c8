import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { program } from "../../test/program.ts";
import type { BundleName } from "../src/bundle.ts";

const START_MS = 180_000;
const NOWHERE = "http://127.0.0.1:9";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bundles-start-"));
  await writeFile(join(folder, "secret"), "only-for-this-test");
  const user = { token: "only-for-this-test" };
  const kubeconfig = {
    "current-context": "test",
    clusters: [{ name: "test", cluster: { server: NOWHERE } }],
    users: [{ name: "test", user }],
    contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
  };
  await writeFile(join(folder, "kubeconfig"), JSON.stringify(kubeconfig));
});
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
    const child = spawn(process.execPath, [program(role)], {
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

describe("as it is shipped", () => {
  it.each(["operator", "agent", "mcp-read", "mcp-act"] as const)(
    "%s comes up from its bundle",
    async (role) => {
      expect(await started(role)).toContain('"message":"serving"');
    },
    START_MS,
  );
});
