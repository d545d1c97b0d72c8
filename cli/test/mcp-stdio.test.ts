import { spawn } from "node:child_process";
import { join } from "node:path";
import { Client as ModernClient } from "@modelcontextprotocol/client";
import { StdioClientTransport as ModernTransport } from "@modelcontextprotocol/client/stdio";
import { Client as LegacyClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as LegacyTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { CATALOG, offeredReadTools } from "@sre-agent/mcp-server";
import { INCIDENTS, type Sandbox, startSandbox } from "@sre-agent/sandbox";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { program } from "../../test/program.ts";
import { kubeconfigFile } from "./run-cli.ts";

const MAIN = program("sre-agent");
const INSPECTOR = join(import.meta.dirname, "../../node_modules/.bin/mcp-inspector");

// A machine that is busy takes its time; nothing here is about speed.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let sandbox: Sandbox;
let KUBECONFIG: string;

beforeAll(async () => {
  sandbox = await startSandbox({ incident: INCIDENTS["bad-release"] });
  KUBECONFIG = await kubeconfigFile(sandbox.kubeconfig);
});
afterAll(() => sandbox.stop());

const command = (...args: readonly string[]) => ({
  command: process.execPath,
  args: [MAIN, "mcp", ...args],
  env: { PATH: process.env["PATH"] ?? "", KUBECONFIG, LOG_LEVEL: "debug" },
  stderr: "ignore" as const,
});

interface AnyClient {
  listTools(): Promise<{ tools: { name: string }[] }>;
  callTool(params: { name: string; arguments: object }): Promise<unknown>;
  close(): Promise<void>;
}

async function modern(...args: readonly string[]): Promise<AnyClient> {
  const client = new ModernClient({ name: "t", version: "1" }, { versionNegotiation: { mode: { pin: "2026-07-28" } } });
  await client.connect(new ModernTransport(command(...args)));
  return client as unknown as AnyClient;
}

async function legacy(...args: readonly string[]): Promise<AnyClient> {
  const client = new LegacyClient({ name: "t", version: "1" });
  await client.connect(new LegacyTransport(command(...args)) as Parameters<typeof client.connect>[0]);
  return client as unknown as AnyClient;
}

const READ = offeredReadTools({ metrics: true, logs: false }).map(({ name }) => name);
const ACT = CATALOG.filter(({ role }) => role === "act").map(({ name }) => name);

describe.each([
  ["2026 era", modern],
  ["2025 era", legacy],
] as const)("a stdio client of the %s", (_, open) => {
  it("lists and calls the tools with the rights of the kubeconfig", async () => {
    const client = await open();
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([...READ, ...ACT]);
    const reply = await client.callTool({
      name: "resources_list",
      arguments: { kind: "Deployment", namespace: "shop" },
    });
    expect(reply).toMatchObject({ content: [{ text: expect.stringMatching(/1 Deployment[\s\S]*web/) }] });
    await client.close();
  });

  it("can call nothing that its role does not list", async () => {
    const client = await open("--role", "read");
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(READ);
    for (const name of ACT) {
      const reply = await client.callTool({ name, arguments: { name: "web" } });
      expect(reply, name).toMatchObject({
        isError: true,
        content: [{ text: expect.stringContaining("TOOL_UNKNOWN") }],
      });
    }
    await client.close();
  });
});

it("writes nothing but JSON-RPC to standard output, also when it logs everything, and logs no credential", async () => {
  const child = spawn(process.execPath, [MAIN, "mcp"], { env: command().env, stdio: ["pipe", "pipe", "pipe"] });
  const initialize = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "t", version: "1" } };
  const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  let [stdout, logged] = ["", ""];
  child.stderr.on("data", (text: Buffer) => {
    logged += text;
  });
  child.stdout.on("data", (text: Buffer) => {
    stdout += text;
    if (stdout.includes('"id":2')) child.stdin.end();
  });
  send({ id: 1, method: "initialize", params: initialize });
  send({ method: "notifications/initialized" });
  // No message of the protocol: the error about it quotes the key.
  send({ id: 3, method: "x", "password=hunter2-9x": true });
  send({ id: 2, method: "tools/call", params: { name: "diagnose", arguments: { namespace: "shop" } } });
  const code = await new Promise((resolve) => child.once("close", resolve));
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.map(({ jsonrpc, id }) => [jsonrpc, id])).toEqual([
    ["2.0", 1],
    ["2.0", 2],
  ]);
  expect(code).toBe(0);
  expect(logged).toContain("password=<redacted:");
  expect(logged).not.toContain("hunter2-9x");
});

it("ends without a word when there is no client at all", async () => {
  const child = spawn(process.execPath, [MAIN, "mcp"], { env: command().env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text: Buffer) => (said += text));
  const code = await new Promise((resolve) => child.once("close", resolve));
  expect([code, said]).toEqual([0, ""]);
});

it.each(["modern", "legacy"])("gives MCP Inspector's strict look no error and no warning, %s era", async (era) => {
  const inspect = ["--cli", "--method", "tools/list", "--strict", "--protocol-era", era];
  const args = [...inspect, "-e", `KUBECONFIG=${KUBECONFIG}`, process.execPath, MAIN, "mcp"];
  const inspector = spawn(INSPECTOR, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [inspector.stdout, inspector.stderr]) {
    stream.on("data", (text: Buffer) => {
      output += text;
    });
  }
  const code = await new Promise((resolve) => inspector.once("close", resolve));
  expect([code, output]).toEqual([0, expect.stringContaining('"workload_rollback"')]);
  expect(output).not.toMatch(/^(Error|Warning): tool/m);
});
