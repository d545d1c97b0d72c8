import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Client as ModernClient } from "@modelcontextprotocol/client";
import { StdioClientTransport as ModernTransport } from "@modelcontextprotocol/client/stdio";
import { Client as LegacyClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as LegacyTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { afterEach, describe, expect, it, vi } from "vitest";
import { program } from "../../test/program.ts";
import { offeredReadTools } from "../src/index.ts";

const READ_TOOLS = offeredReadTools({ metrics: true, logs: false }).map(({ name }) => name);
// Processes start slowly on a busy machine.
vi.setConfig({ testTimeout: 90_000 });

const PROGRAM = program("stdio-server");
const ENVELOPE = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
  "io.modelcontextprotocol/clientInfo": { name: "t", version: "1" },
};

interface Message {
  readonly jsonrpc?: string;
  readonly id?: number;
  readonly result?: { readonly tools?: { name: string }[]; readonly isError?: boolean; readonly ttlMs?: number };
}

/** The server as a child process, one line a message. */
function startPipe() {
  const child = spawn(process.execPath, [PROGRAM], { stdio: ["pipe", "pipe", "pipe"] });
  const lines: string[] = [];
  let rest = "";
  let log = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    const parts = `${rest}${chunk}`.split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    log += chunk;
  });
  const messages = () => lines.map((line) => JSON.parse(line) as Message);
  return {
    child,
    messages,
    log: () => log,
    send: (message: object) => void child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`),
    answer: (id: number) =>
      expect.poll(() => messages().find((message) => message.id === id), { timeout: 60_000 }).toBeDefined(),
  };
}

const children: ChildProcess[] = [];
function pipe() {
  const started = startPipe();
  children.push(started.child);
  return started;
}
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

describe("standard input and output", () => {
  it("carry a probe of the new era, the old handshake and a call on one pipe, and JSON-RPC alone", async () => {
    const { send, messages, answer } = pipe();
    send({ id: 1, method: "server/discover", params: { _meta: ENVELOPE } });
    await answer(1);
    const client = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } };
    send({ id: 2, method: "initialize", params: client });
    await answer(2);
    send({ method: "notifications/initialized" });
    send({ id: 3, method: "tools/call", params: { name: "resources_list", arguments: { kind: "Pod" } } });
    await answer(3);
    expect(messages().every(({ jsonrpc }) => jsonrpc === "2.0")).toBe(true);
    expect(messages().find(({ id }) => id === 3)?.result).toMatchObject({
      content: [{ text: expect.stringContaining("0 pods") }],
    });
  });

  it("end the process when the client hangs up", async () => {
    const { child, send, answer } = pipe();
    send({ id: 1, method: "server/discover", params: { _meta: ENVELOPE } });
    await answer(1);
    const exit = once(child, "exit");
    child.stdin.end();
    expect((await exit)[0]).toBe(0);
  });

  it.each([
    ["2026", { method: "server/discover", params: { _meta: ENVELOPE } }, { _meta: ENVELOPE }],
    [
      "2025",
      {
        method: "initialize",
        params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } },
      },
      {},
    ],
  ])("pass a cancellation of the %s era on to the read under way", async (_, opening, meta) => {
    const { send, answer, log } = pipe();
    send({ id: 1, ...opening });
    await answer(1);
    const params = { name: "resources_list", arguments: { kind: "Pod", namespace: "slow" }, ...meta };
    send({ id: 2, method: "tools/call", params });
    await expect.poll(log, { timeout: 60_000 }).toContain("read begun");
    send({ method: "notifications/cancelled", params: { requestId: 2, ...meta } });
    await expect.poll(log, { timeout: 60_000 }).toContain("read aborted");
  });
});

describe("clients on stdio", () => {
  const program = { command: process.execPath, args: [PROGRAM] };

  it("of the 2026 era list with a time to live and call", async () => {
    const client = new ModernClient(
      { name: "t", version: "1" },
      { versionNegotiation: { mode: { pin: "2026-07-28" } } },
    );
    await client.connect(new ModernTransport(program));
    const list = (await client.listTools()) as { tools: { name: string }[]; ttlMs?: number; cacheScope?: string };
    expect(list.tools.map(({ name }) => name)).toEqual(READ_TOOLS);
    expect([list.ttlMs, list.cacheScope]).toEqual([300_000, "private"]);
    expect((await client.callTool({ name: "resources_list", arguments: { kind: "Pod" } })).isError).toBeUndefined();
    await client.close();
  });

  it("of the 2025 era list and call, and read the instructions", async () => {
    const client = new LegacyClient({ name: "t", version: "1" });
    await client.connect(new LegacyTransport(program) as Parameters<typeof client.connect>[0]);
    expect(client.getInstructions()).toBe("Start with diagnose.");
    expect((await client.listTools()).tools.every(({ annotations }) => annotations?.readOnlyHint)).toBe(true);
    const reply = await client.callTool({ name: "resource_get", arguments: { kind: "Pod", name: "web" } });
    expect([reply.isError, reply.structuredContent]).toEqual([true, undefined]);
    await client.close();
  });
});
