import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from "@modelcontextprotocol/client";
import { Client as LegacyClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as LegacyTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type ReadServer, startReadServer } from "./read-server.ts";

vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });
let server: ReadServer;

interface AnyClient {
  getServerCapabilities(): unknown;
  listPrompts(): Promise<{ prompts: { name: string; arguments?: { name: string; required?: boolean }[] }[] }>;
  getPrompt(params: object): Promise<{ messages: { content: { text: string } }[] }>;
  listResourceTemplates(): Promise<{ resourceTemplates: { uriTemplate: string }[] }>;
  readResource(params: { uri: string }): Promise<{ contents: { text: string }[] }>;
  complete(params: object): Promise<{ completion: { values: string[] } }>;
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

beforeAll(async () => {
  server = await startReadServer();
  server.sandbox.setRule("limited", ({ namespace }) => namespace === "shop");
});
afterAll(() => server.stop());

const ofPrompt = (name: string) => ({ type: "ref/prompt", name });
const ofTemplate = { type: "ref/resource", uri: "k8s://{namespace}/{kind}/{name}" };

describe.each([
  ["2026 era", modern],
  ["2025 era", legacy],
] as const)("a client of the %s", (_, open) => {
  it("chooses a run book, and is told what an argument is missing", async () => {
    const client = await open("person");
    expect(client.getServerCapabilities()).toMatchObject({ tools: {}, prompts: {}, resources: {}, completions: {} });
    const { prompts } = await client.listPrompts();
    expect(prompts.map(({ name }) => name)).toEqual([
      "crashing_workload",
      "service_does_not_answer",
      "pod_pending",
      "what_changed",
    ]);
    for (const { name } of prompts) {
      const { messages } = await client.getPrompt({ name, arguments: { namespace: "shop", name: "web" } });
      expect(messages[0]?.content.text).toMatch(/^# .*web.*\n\n1\. .*diagnose|changes_recent/);
    }
    await expect(client.getPrompt({ name: "pod_pending", arguments: { namespace: "shop" } })).rejects.toThrow(
      "pod_pending needs name",
    );
    await expect(client.getPrompt({ name: "other" })).rejects.toThrow("Legal: crashing_workload");
    await client.close();
  });

  it("reads an object by its URI, within the caller's rights and redacted", async () => {
    const client = await open("limited");
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toContain("k8s://{namespace}/{kind}/{name}");
    const { contents } = await client.readResource({ uri: "k8s://shop/Deployment/web" });
    expect(contents[0]?.text).toContain("Deployment/web in shop");
    expect(contents[0]?.text).not.toContain("postgres://");
    await expect(client.readResource({ uri: "k8s://_/Node/sandbox" })).rejects.toThrow("READ_FORBIDDEN");
    await expect(client.readResource({ uri: "k8s://shop/Deployment/wbe" })).rejects.toThrow("Names like it: web");
    await expect(client.readResource({ uri: "file:///etc/passwd" })).rejects.toThrow("A URI is k8s://");
    await client.close();
  });

  it("is offered namespaces, kinds, names and containers that the caller may read", async () => {
    const values = async (user: string, params: object) => {
      const client = await open(user);
      const { completion } = await client.complete(params);
      await client.close();
      return completion.values;
    };
    const asked = (name: string, value: string, given: Record<string, string> = {}) => ({
      argument: { name, value },
      context: { arguments: given },
    });
    expect(await values("person", { ref: ofTemplate, ...asked("namespace", "sh") })).toEqual(["shop"]);
    expect(await values("limited", { ref: ofTemplate, ...asked("namespace", "sh") })).toEqual([]);
    expect(await values("person", { ref: ofTemplate, ...asked("kind", "statefuls") })).toEqual(["StatefulSet"]);
    const given = { namespace: "shop", kind: "Service" };
    expect(await values("limited", { ref: ofTemplate, ...asked("name", "w", given) })).toEqual(["web"]);
    const crash = ofPrompt("crashing_workload");
    expect(await values("limited", { ref: crash, ...asked("name", "web", { namespace: "shop" }) })).toContain("web");
    expect(await values("limited", { ref: crash, ...asked("name", "", { namespace: "kube-system" }) })).toEqual([]);
    const filled = { namespace: "shop", name: "web" };
    await expect
      .poll(() => values("limited", { ref: crash, ...asked("container", "", filled) }), { timeout: 10_000 })
      .toEqual(["web"]);
  });
});
