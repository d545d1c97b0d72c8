import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { EVIDENCE_META_KEY } from "@sre-agent/crds";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { canariesIn } from "./canaries/canary.ts";
import { PLANTED } from "./canaries/planted.ts";
import { readEverything } from "./canaries/read-everything.ts";
import { type ReadServer, startReadServer } from "./read-server.ts";

// A machine that is busy takes its time; nothing here is about speed.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const { canaries, incident } = PLANTED;
const places = canaries.map(({ place }) => place);

let server: ReadServer;
let client: Client;
let objects: readonly Planted[];
let raw: string;

interface Planted {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
}

beforeAll(async () => {
  server = await startReadServer({ incident, requestsPerMinute: 100_000 });
  client = new Client({ name: "t", version: "1" });
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`), {
      requestInit: { headers: { authorization: `Bearer ${server.tokenOf("person")}` } },
    }),
  );
  await vi.waitUntil(async () => /web/.test(await text("resources_list", { kind: "replicasets" })), {
    timeout: 60_000,
  });
  server.sandbox.play("release");
  const everythingFailed = async () => {
    raw = await readEverything(server.sandbox);
    return canariesIn(raw, canaries).length === canaries.length;
  };
  await vi.waitUntil(everythingFailed, { timeout: 60_000, interval: 500 }).catch(() => undefined);
  objects = plantedObjects();
});
afterAll(async () => {
  await client.close();
  await server.stop();
});

async function answer(name: string, args: object): Promise<string> {
  return JSON.stringify(await client.callTool({ name, arguments: args as Record<string, unknown> }));
}

async function text(name: string, args: object): Promise<string> {
  const { content } = await client.callTool({ name, arguments: args as Record<string, unknown> });
  return (content as { text: string }[])[0]?.text ?? "";
}

function plantedObjects(): readonly Planted[] {
  const pods = raw.match(/"name":"web-[a-z0-9]+-[a-z0-9]+"/g) ?? [];
  const sets = raw.match(/"name":"web-[a-z0-9]+"/g) ?? [];
  const found = (kind: string, names: readonly string[]) =>
    [...new Set(names.map((name) => name.slice(8, -1)))].map((name) => ({ kind, name, namespace: "shop" }));
  const known = incident.objects.map(({ kind, metadata }) => ({
    kind,
    name: metadata.name ?? "",
    namespace: metadata.namespace,
  }));
  return [...known, ...found("Pod", pods), ...found("ReplicaSet", sets)];
}

it("every canary is planted: who may read everything reads it", () => {
  const found = canariesIn(raw, canaries);
  expect(places.filter((place) => !found.includes(place))).toEqual([]);
  expect(new Set(places).size).toBe(places.length);
  expect(places.length).toBeGreaterThanOrEqual(30);
});

const FIELDS = [
  "metadata",
  "metadata.annotations",
  "data",
  "spec",
  "spec.template.spec.containers",
  "status",
  "webhooks",
];
const SCOPES = [{ namespace: "shop" }, { allNamespaces: true }];
const PODS = ["web", "frozen", ...Array.from({ length: 30 }, (_, index) => `log-${index}`)];

describe("no canary leaves through", () => {
  const named = () => objects.map(({ kind, name, namespace }) => ({ kind, name, ...(namespace ? { namespace } : {}) }));
  const oneOfEachKind = () => [...Map.groupBy(named(), ({ kind }) => kind).values()].flatMap(([first]) => first ?? []);
  const kinds = () => [...new Set(objects.map(({ kind }) => kind)), "Event"];
  const pods = () => objects.filter(({ kind }) => kind === "Pod").map(({ name }) => ({ pod: name, namespace: "shop" }));

  const CALLS: Readonly<Record<string, () => readonly object[]>> = {
    diagnose: () => [...SCOPES, ...oneOfEachKind().filter(({ namespace }) => namespace !== undefined)],
    resources_list: () =>
      kinds().flatMap((kind) =>
        SCOPES.flatMap((scope) => [
          { kind, ...scope },
          { kind, ...scope, onlyUnhealthy: true },
        ]),
      ),
    resource_get: () => named().flatMap((each) => [each, ...FIELDS.map((field) => ({ ...each, fields: [field] }))]),
    resource_relations: named,
    pod_logs: () => pods().flatMap((pod) => [pod, { ...pod, previous: true }, { ...pod, grep: "fatal" }]),
    events_timeline: () => [
      { namespace: "shop" },
      { namespace: "shop", kind: "Pod", name: "frozen" },
      { namespace: "shop", since: "1h" },
    ],
    changes_recent: () => [{ namespace: "shop" }, { namespace: "shop", kind: "Deployment", name: "web", since: "1h" }],
    access_check: () => [{ verb: "get", resource: "secrets", name: "db", namespace: "shop" }],
    metrics_query: () => [{ namespace: "shop" }],
  };

  it.each(Object.keys(CALLS))("%s, nor through the evidence behind it", async (tool) => {
    const leaked = new Map<string, readonly string[]>();
    const look = async (name: string, args: object) => {
      const reply = await client.callTool({ name, arguments: args as Record<string, unknown> });
      const found = canariesIn(JSON.stringify(reply), canaries);
      if (found.length > 0) leaked.set(`${name} ${JSON.stringify(args)}`, found);
      return (reply._meta?.[EVIDENCE_META_KEY] ?? []) as readonly string[];
    };
    const ids = new Set<string>();
    for (const args of CALLS[tool]?.() ?? []) for (const id of await look(tool, args)) ids.add(id);
    for (const id of [...ids].slice(-100)) {
      await look("evidence_read", { id });
      await look("evidence_read", { id, from: 2, lines: 500 });
      await look("evidence_read", { id, grep: "fatal|value|password|token" });
    }
    expect(Object.fromEntries(leaked)).toEqual({});
  });

  it("a search, which cannot tell what is not shown", async () => {
    for (const [index, { core }] of canaries.filter(({ place }) => place.startsWith("a log")).entries())
      expect(await text("pod_logs", { pod: `log-${index}`, namespace: "shop", grep: core.slice(0, 7) })).toContain(
        "] 0 lines",
      );
  });

  it("the catalogue is asked whole", async () => {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).filter((name) => name !== "evidence_read")).toEqual(
      expect.arrayContaining(Object.keys(CALLS)),
    );
    expect(Object.keys(CALLS)).toHaveLength(tools.length - 1);
  });

  it("resources, prompts, completions, refusals and metrics", async () => {
    const said: string[] = [];
    const keep = async (answer: Promise<unknown>) =>
      said.push(await answer.then(JSON.stringify, (error: unknown) => String(error)));
    for (const { kind, name, namespace = "_" } of objects) {
      await keep(client.readResource({ uri: `k8s://${namespace}/${kind}/${name}` }));
      await keep(client.readResource({ uri: `k8s://${namespace}/${kind}/${name}x` }));
    }
    for (const kind of ["Secret", "ConfigMap", "Pod"]) {
      const ref = { type: "ref/resource" as const, uri: "k8s://{namespace}/{kind}/{name}" };
      const context = { arguments: { namespace: "shop", kind } };
      await keep(client.complete({ ref, argument: { name: "name", value: "" }, context }));
    }
    for (const { name } of (await client.listPrompts()).prompts)
      await keep(client.getPrompt({ name, arguments: { namespace: "shop", name: "web" } }));
    for (const tool of Object.keys(CALLS))
      await keep(answer(tool, { namespace: "shop", kind: "Sekret", name: "x", pod: "x", bad: 1 }));
    for (const pod of PODS) await keep(answer("pod_logs", { pod, container: "none", namespace: "shop" }));
    await keep(fetch(`${server.url}/metrics`).then((reply) => reply.text()));
    expect(said.at(-1)).toContain("sre_");
    expect(said.filter((text) => text.includes("name"))).not.toEqual([]);
    expect(canariesIn(said.join("\n"), canaries)).toEqual([]);
  });
});
