import { spawn } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { program } from "../../test/program.ts";
import { freePort } from "../src/demo/process.ts";

vi.setConfig({ testTimeout: 180_000 });

const path = (relative: string) => join(import.meta.dirname, relative);

/** Starts the process of `options` as the demo does, and stays. */
const PARENT = `
const { startProcess } = await import(${JSON.stringify(path("../src/demo/process.ts"))});
startProcess(JSON.parse(process.argv[1]));
setInterval(() => undefined, 1_000);
`;

it("a process of the demo ends when the demo is killed", async () => {
  const secret = join(await mkdtemp(join(tmpdir(), "orphan-")), "secret");
  await writeFile(secret, "0123456789abcdef0123456789abcdef", { mode: 0o600 });
  const port = String(await freePort());
  const environment = {
    ...{ HOST: "127.0.0.1", PORT: port, AGENT_SECRET_FILE: secret, MCP_TOKEN_FILE: secret, MODEL_BACKEND: "rules" },
    ...{ MCP_READ_URL: "http://127.0.0.1:9/mcp", MCP_ACT_URL: "http://127.0.0.1:9/mcp" },
  };
  const options = JSON.stringify({ name: "agent", args: [program("sre-agent"), "agent"], environment });
  const parent = spawn(process.execPath, ["--input-type=module", "-e", PARENT, options], { stdio: "ignore" });
  const isServing = () =>
    fetch(`http://127.0.0.1:${port}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    );
  await vi.waitUntil(isServing, { timeout: 120_000, interval: 100 });
  parent.kill("SIGKILL");
  await vi.waitUntil(async () => !(await isServing()), { timeout: 40_000, interval: 100 });
  expect(await isServing()).toBe(false);
});
