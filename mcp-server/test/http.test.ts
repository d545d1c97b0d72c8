import { request } from "node:http";
import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from "@modelcontextprotocol/client";
import { Client as LegacyClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as LegacyTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { API_VERSION, DENIAL_META_KEY, EVIDENCE_META_KEY, RUN_META_KEY } from "@sre-agent/crds";
import { createInstaller, type KubeObject } from "@sre-agent/kube";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { offeredReadTools } from "../src/index.ts";
import { AGENT, type ReadServer, startReadServer } from "./read-server.ts";

const READ_TOOLS = offeredReadTools({ metrics: true, logs: false }).map(({ name }) => name);
let server: ReadServer;
let run: { readonly namespace: string; readonly name: string; readonly uid: string };

interface Called {
  readonly content: { readonly text: string }[];
  readonly isError?: boolean;
  readonly structuredContent?: { readonly findings: { readonly cause: string }[] };
  readonly _meta?: Record<string, unknown>;
}

interface AnyClient {
  listTools(): Promise<{ tools: { name: string }[] }>;
  callTool(params: {
    name: string;
    arguments?: Record<string, unknown>;
    _meta?: Record<string, unknown>;
  }): Promise<unknown>;
  close(): Promise<void>;
}

const headers = (user: string) => ({ requestInit: { headers: { authorization: `Bearer ${server.tokenOf(user)}` } } });
const endpoint = () => new URL(`${server.url}/mcp`);

async function modern(user: string): Promise<AnyClient> {
  const client = new ModernClient({ name: "t", version: "1" }, { versionNegotiation: { mode: { pin: "2026-07-28" } } });
  await client.connect(new ModernTransport(endpoint(), headers(user)));
  return client as unknown as AnyClient;
}

async function legacy(user: string): Promise<AnyClient> {
  const client = new LegacyClient({ name: "t", version: "1" });
  await client.connect(new LegacyTransport(endpoint(), headers(user)) as Parameters<typeof client.connect>[0]);
  return client as unknown as AnyClient;
}

const call = async (
  client: AnyClient,
  name: string,
  args: Record<string, unknown> = {},
  meta?: Record<string, unknown>,
) => (await client.callTool({ name, arguments: args, ...(meta ? { _meta: meta } : {}) })) as Called;

const codeOf = (reply: Called) => (reply._meta?.[DENIAL_META_KEY] as { code: string } | undefined)?.code;

beforeAll(async () => {
  server = await startReadServer();
  server.sandbox.setRule("limited", ({ namespace }) => namespace === "shop");
  const investigation: KubeObject = await createInstaller(server.connection).apply({
    apiVersion: API_VERSION,
    kind: "SreInvestigation",
    metadata: { name: "run-1", namespace: "shop" },
    spec: { target: { kind: "Deployment", name: "web" }, symptom: "it fails" },
  });
  run = { namespace: "shop", name: "run-1", uid: investigation.metadata.uid };
});
afterAll(() => server.stop());

describe.each([
  ["2026 era", modern],
  ["2025 era", legacy],
] as const)("a client of the %s", (_, open) => {
  it("lists the same tools in the same order every time", async () => {
    const client = await open("person");
    const [first, second] = [await client.listTools(), await client.listTools()];
    expect(first.tools.map(({ name }) => name)).toEqual(READ_TOOLS);
    expect(second).toEqual(first);
    await client.close();
  });

  it("gets the root cause with evidence", async () => {
    server.sandbox.play("release");
    const client = await open("person");
    await expect
      .poll(async () => (await call(client, "diagnose", { namespace: "shop" })).structuredContent?.findings[0]?.cause, {
        timeout: 60_000,
      })
      .toMatch(/DATABASE_URL/);
    const reply = await call(client, "diagnose", { namespace: "shop" });
    const [id] = (reply._meta?.[EVIDENCE_META_KEY] ?? []) as string[];
    expect(reply.content[0]?.text).toContain(`[${id}]`);
    await client.close();
  });

  it("is told of an unknown argument by its name, and of an unknown tool with the legal ones", async () => {
    const client = await open("person");
    const wrong = await call(client, "resources_list", { kind: "Pod", nmespace: "shop" });
    expect([codeOf(wrong), wrong.content[0]?.text]).toEqual([
      "SCHEMA_INVALID",
      expect.stringContaining("unknown argument nmespace"),
    ]);
    const unknown = await call(client, "workload_rollback", { name: "web" });
    expect([codeOf(unknown), unknown.content[0]?.text]).toEqual([
      "TOOL_UNKNOWN",
      expect.stringContaining("Legal: diagnose"),
    ]);
    await client.close();
  });
});

describe("what a caller may read", () => {
  it("is what the authenticated user may, without a run", async () => {
    const client = await modern("limited");
    expect((await call(client, "resources_list", { kind: "Pod", namespace: "shop" })).isError).toBeUndefined();
    expect(codeOf(await call(client, "resources_list", { kind: "Pod", namespace: "kube-system" }))).toBe(
      "READ_FORBIDDEN",
    );
    expect(codeOf(await call(client, "pod_logs", { pod: "x", namespace: "kube-system" }))).toBe("READ_FORBIDDEN");
    await client.close();
  });

  it("is the run's namespace and no other, in a run without a requester", async () => {
    const client = await modern(AGENT);
    const inRun = { [RUN_META_KEY]: run };
    expect((await call(client, "diagnose", {}, inRun)).isError).toBeUndefined();
    expect(codeOf(await call(client, "diagnose", { namespace: "kube-system" }, inRun))).toBe("READ_FORBIDDEN");
    expect(codeOf(await call(client, "diagnose", { allNamespaces: true }, inRun))).toBe("READ_FORBIDDEN");
    expect(codeOf(await call(client, "resource_get", { kind: "Node", name: "x" }, inRun))).toBe("READ_FORBIDDEN");
    await client.close();
  });

  it("is the ledger alone, for the agent outside of a run", async () => {
    server.sandbox.setRule(AGENT, () => false);
    const client = await modern(AGENT);
    const ledger = await call(client, "resources_list", { kind: "SreRemediation", namespace: "shop" });
    expect(ledger.isError).toBeUndefined();
    expect(codeOf(await call(client, "resources_list", { kind: "Pod", namespace: "shop" }))).toBe("READ_FORBIDDEN");
    server.sandbox.setRule(AGENT, undefined);
    await client.close();
  });

  it("is nothing for a run that is not what it was, or from a caller who is no agent", async () => {
    const agent = await modern(AGENT);
    const person = await modern("person");
    const other = { [RUN_META_KEY]: { ...run, uid: "another" } };
    expect(codeOf(await call(agent, "diagnose", {}, other))).toBe("RUN_UNKNOWN");
    expect(codeOf(await call(agent, "diagnose", {}, { [RUN_META_KEY]: { name: "run-1" } }))).toBe("RUN_UNKNOWN");
    expect(codeOf(await call(person, "diagnose", {}, { [RUN_META_KEY]: run }))).toBe("RUN_UNKNOWN");
    await Promise.all([agent.close(), person.close()]);
  });
});

describe("the door", () => {
  const post = (extra: Record<string, string>) =>
    new Promise<{ status: number; headers: NodeJS.Dict<string | string[]> }>((resolve, reject) => {
      const outgoing = request(endpoint(), {
        method: "POST",
        headers: { "content-type": "application/json", ...extra },
      });
      outgoing.once("response", (response) => {
        response.resume();
        resolve({ status: response.statusCode ?? 0, headers: response.headers });
      });
      outgoing.once("error", reject);
      outgoing.end("{}");
    });
  const authorization = () => `Bearer ${server.tokenOf("person")}`;

  it.each([
    ["a foreign Host", { host: "evil.example" }],
    ["a foreign Origin", { origin: "https://evil.example" }],
    ["Origin null", { origin: "null" }],
  ])("refuses %s before it looks at anything", async (_, extra) => {
    expect((await post({ ...extra, authorization: authorization() })).status).toBe(403);
  });

  it("refuses no token, a wrong token and a token for another audience, and says where to learn more", async () => {
    const none = await post({});
    expect([none.status, none.headers["www-authenticate"]]).toEqual([
      401,
      expect.stringContaining("resource_metadata="),
    ]);
    expect((await post({ authorization: "Bearer wrong" })).status).toBe(401);
    expect((await post({ authorization: `Bearer ${server.sandbox.tokenFor("person")}` })).status).toBe(401);
  });

  it("takes no body that is too large or no JSON", async () => {
    const send = (type: string, body: string) =>
      fetch(endpoint(), { method: "POST", headers: { authorization: authorization(), "content-type": type }, body });
    const large = JSON.stringify({ text: "x".repeat(1024 * 1024) });
    expect((await send("application/json", large)).status).toBe(413);
    expect((await send("application/json", "{")).status).toBe(400);
    expect((await send("text/plain", "{}")).status).toBe(415);
  });

  it("asks the API server about no more tokens of an address that guesses them", async () => {
    const guessed = await startReadServer();
    const ask = (token: string) =>
      fetch(`${guessed.url}/mcp`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: "{}",
      });
    const known = guessed.tokenOf("person");
    expect((await ask(known)).status).not.toBe(401);
    for (let guess = 0; guess < 60; guess += 1) expect((await ask(`guess-${guess}`)).status).toBe(401);
    const throttled = await ask("guess-60");
    expect([throttled.status, throttled.headers.has("retry-after")]).toEqual([429, true]);
    expect((await ask(known)).status).not.toBe(429);
    await guessed.stop();
  });

  it("takes one message at a time: a batch would be many calls for the price of one", async () => {
    const send = (body: unknown, extra: Record<string, string> = {}) =>
      fetch(endpoint(), {
        method: "POST",
        headers: {
          ...{ authorization: authorization(), "content-type": "application/json", ...extra },
          accept: "application/json, text/event-stream",
        },
        body: JSON.stringify(body),
      });
    const params = { protocolVersion: "2025-03-26", capabilities: {}, clientInfo: { name: "t", version: "1" } };
    const opened = await send({ jsonrpc: "2.0", id: 0, method: "initialize", params });
    await opened.text();
    const session = { "mcp-session-id": opened.headers.get("mcp-session-id") ?? "" };
    const list = (id: number) => ({ jsonrpc: "2.0", id, method: "tools/list" });
    expect((await send(list(1), session)).status).toBe(200);
    const batch = await send([list(2), list(3)], session);
    expect([batch.status, await batch.text()]).toEqual([400, expect.stringContaining("one JSON-RPC message")]);
  });

  it("slows a caller down, and only that caller", async () => {
    const slow = await startReadServer({ requestsPerMinute: 2 });
    const ask = (user: string) =>
      fetch(`${slow.url}/mcp`, {
        method: "POST",
        headers: { authorization: `Bearer ${slow.tokenOf(user)}`, "content-type": "application/json" },
        body: "{}",
      });
    const statuses = [await ask("a"), await ask("a"), await ask("a"), await ask("b")].map(({ status, headers: h }) => [
      status,
      h.has("retry-after"),
    ]);
    expect(statuses.map(([status]) => status === 429)).toEqual([false, false, true, false]);
    expect(statuses[2]?.[1]).toBe(true);
    await slow.stop();
  });
});
