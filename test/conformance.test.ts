import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { INCIDENTS, type Sandbox, startSandbox } from "@sre-agent/sandbox";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { program } from "./program.ts";

const root = join(import.meta.dirname, "..");
const CONFORMANCE = join(root, "node_modules/@modelcontextprotocol/conformance/dist/index.js");

/** Those of the official suite that need no tools, prompts or resources made for the suite. */
const SCENARIOS = [
  "server-initialize",
  "tools-list",
  "ping",
  "server-session-lifecycle",
  "dns-rebinding-protection",
  "http-header-validation",
  "input-required-result-unsupported-methods",
  "server-sse-multiple-streams",
  "caching",
  "prompts-list",
  "resources-list",
  "completion-complete",
  "sep-2164-resource-not-found",
];

// Nothing here is about speed: a machine that is busy takes its time.
const SCENARIO_MS = 120_000;
const TEST_MS = SCENARIO_MS + 30_000;
const START_MS = 180_000;

interface Asked {
  readonly url: string;
  /** A temporary one. */
  readonly folder: string;
  readonly scenario: string;
}

interface Finished {
  readonly code: number | null;
  readonly output: string;
}

/** Runs the suite's own command to its end; it is compiled once for all scenarios. */
function conformance({ url, folder, scenario }: Asked): Promise<Finished> {
  const args = ["server", "--url", url, "--scenario", scenario, "--timeout", String(SCENARIO_MS)];
  const env = { NODE_COMPILE_CACHE: join(folder, "compile-cache") };
  const child = spawn(process.execPath, [CONFORMANCE, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text: Buffer) => {
      output += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, output }));
  });
}

/** The shipped read server; its address, once it serves. */
function served(kubeconfig: string): { child: ChildProcess; url: Promise<string> } {
  const env = { HOST: "127.0.0.1", PORT: "0", REQUESTS_PER_MINUTE: "100000", KUBECONFIG: kubeconfig };
  const child = spawn(process.execPath, [program("sre-agent"), "mcp", "--http", "--role", "read"], {
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  const url = new Promise<string>((resolve, reject) => {
    child.stderr.on("data", (text: Buffer) => {
      said += text;
      const lines = said.split("\n").slice(0, -1);
      const line = lines.find((one) => one.includes('"message":"serving"'));
      if (line !== undefined) resolve(JSON.parse(line).url);
    });
    child.once("error", reject);
    child.once("close", () => reject(new Error(`the server ended: ${said}`)));
  });
  return { child, url };
}

/** The suite knows no bearer tokens: this adds one and passes all else on as it came, Host and Origin too. */
async function withToken(target: string, token: string): Promise<Server> {
  const server = createServer((incoming, outgoing) => {
    const { method = "GET", headers } = incoming;
    const onward = request(
      new URL(incoming.url ?? "/", target),
      { method, headers: { ...headers, authorization: `Bearer ${token}` } },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        outgoing.flushHeaders();
        answer.pipe(outgoing);
      },
    );
    onward.on("error", () => outgoing.destroy());
    outgoing.on("close", () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

describe.skipIf(!existsSync(CONFORMANCE))("the shipped server, to the official MCP conformance suite", () => {
  let folder = "";
  let sandbox: Sandbox;
  let server: ChildProcess;
  let proxy: Server;
  let url = "";

  beforeAll(async () => {
    sandbox = await startSandbox({ incident: INCIDENTS["bad-release"] });
    folder = await mkdtemp(join(tmpdir(), "conformance-"));
    await writeFile(join(folder, "kubeconfig"), sandbox.kubeconfig);
    const started = served(join(folder, "kubeconfig"));
    server = started.child;
    proxy = await withToken(await started.url, sandbox.tokenFor("conformance", ["system:masters"], ["sre-agent"]));
    url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/mcp`;
  }, START_MS);

  afterAll(async () => {
    server?.kill("SIGKILL");
    proxy?.closeAllConnections();
    proxy?.close();
    await sandbox?.stop();
    if (folder !== "") await rm(folder, { recursive: true, force: true });
  }, START_MS);

  it.each(SCENARIOS)(
    "passes %s",
    async (scenario) => {
      const { code, output } = await conformance({ url, folder, scenario });
      expect([code, output]).toEqual([0, expect.stringMatching(/Passed: [1-9]\d*\/\d+, 0 failed, 0 warnings/)]);
    },
    TEST_MS,
  );
});
