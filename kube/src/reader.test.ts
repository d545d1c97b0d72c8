import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answer, type ScriptedServer, startScriptedServer } from "../test/scripted-server.ts";
import type { Reader } from "./access.ts";
import { createReader, createRecordWriter } from "./index.ts";

const SECRET = { apiVersion: "v1", kind: "Secret" };

const secret = {
  metadata: {
    name: "db",
    namespace: "shop",
    uid: "u",
    resourceVersion: "1",
    annotations: { "kubectl.kubernetes.io/last-applied-configuration": '{"data":"canary"}', team: "shop" },
    managedFields: [{ manager: "kubectl", operation: "Update", fieldsV1: { "f:data": { "f:canary": {} } } }],
  },
  data: { password: "canary" },
  stringData: { user: "canary" },
};

let server: ScriptedServer;
let reader: Reader;

beforeAll(async () => {
  server = await startScriptedServer(({ path }, response) => {
    const whole = path.endsWith("/db")
      ? { ...SECRET, ...secret }
      : { metadata: { resourceVersion: "5" }, items: [secret] };
    answer(response, 200, whole);
  });
  reader = createReader(server.connection);
});
afterAll(() => server.close());

describe("reader", () => {
  it("lets no Secret value, last-applied copy or list of its fields out", async () => {
    const got = await reader.get({ ...SECRET, namespace: "shop", name: "db" });
    const { items } = await reader.list(SECRET, { namespace: "shop" });
    const all = await reader.listAll(SECRET);
    for (const object of [got, items[0], all.items[0]]) {
      expect(JSON.stringify(object)).not.toContain("canary");
      expect(object).toMatchObject({
        ...SECRET,
        metadata: {
          annotations: { team: "shop" },
          managedFields: [{ manager: "kubectl", fieldsV1: { "f:data": {} } }],
        },
        data: { password: "" },
        stringData: { user: "" },
      });
    }
  });

  it("leaves managedFields out when asked to, and nothing else", async () => {
    const { items: whole } = await reader.list(SECRET, { namespace: "shop" });
    const { items } = await reader.listAll(SECRET, { namespace: "shop", leaveOut: ["managedFields"] });
    const expected = whole.map(({ metadata: { managedFields, ...metadata }, ...rest }) => {
      expect(managedFields).toHaveLength(1);
      return { ...rest, metadata };
    });
    expect(items).toEqual(expected);
  });

  it("leaves arrays out by their name alone, whatever their texts hold", async () => {
    const text = 'a \\" ] } "managedFields":[1] \\';
    const metadata = { uid: "u", resourceVersion: "1", annotations: { copy: JSON.stringify({ managedFields: [1] }) } };
    const pod = (name: string, entries: readonly object[]) => ({
      metadata: { ...metadata, name, labels: { text }, managedFields: entries },
      spec: { args: [text, "[", "{"], 'no "managedFields': [1] },
    });
    const entry = { manager: text, fieldsV1: { [`k:{"name":"${text}"}`]: [[{}], { "f:a": ["]"] }] } };
    const images = [{ names: ["a", "b"] }];
    const sent = [pod("a", [entry, entry]), pod("b", []), { ...pod("c", [entry]), status: { images } }];
    const scripted = await startScriptedServer((_request, response) => answer(response, 200, { items: sent }));
    const kind = { apiVersion: "v1", kind: "Node" };
    const lists = createReader(scripted.connection);
    const [whole, without] = [
      await lists.list(kind),
      await lists.list(kind, { leaveOut: ["managedFields", "images"] }),
    ];
    await scripted.close();
    const expected = whole.items.map(({ metadata: { managedFields: _gone, ...kept }, ...rest }) => ({
      ...rest,
      metadata: kept,
    }));
    expect(whole.items[2]).toMatchObject({ status: { images } });
    expect(without.items).toEqual([expected[0], expected[1], { ...expected[2], status: { images: [] } }]);
  });

  describe("a list of several pages", () => {
    const NODE = { apiVersion: "v1", kind: "Node" };
    /** Seven nodes; each could mislead whoever looks for a token in the text. */
    const nodes = Array.from({ length: 7 }, (_, index) => ({
      metadata: { name: `n${index}`, uid: `${index}`, annotations: { continue: "wrong" } },
    }));

    async function listed(order: "metadata first" | "items first", maxItems: number) {
      const scripted = await startScriptedServer(({ query }, response) => {
        const from = Number(query.get("continue") ?? 0);
        const to = from + Number(query.get("limit"));
        const items = nodes.slice(from, to);
        const metadata = { resourceVersion: "5", ...(to < nodes.length ? { continue: String(to) } : {}) };
        answer(response, 200, order === "items first" ? { items, metadata } : { metadata, items });
      });
      const { items, truncated } = await createReader(scripted.connection).listAll(NODE, { limit: 2, maxItems });
      await scripted.close();
      return { names: items.map(({ metadata }) => metadata.name), truncated, calls: scripted.calls.length };
    }

    it.each(["metadata first", "items first"] as const)("is read whole and once: %s", async (order) => {
      const names = nodes.map(({ metadata }) => metadata.name);
      expect(await listed(order, 100)).toEqual({ names, truncated: false, calls: 4 });
    });

    it.each([
      ["metadata first", 4, 2],
      ["items first", 4, 2],
      ["metadata first", 5, 3],
    ] as const)("is read no further than asked for: %s, %d items", async (order, maxItems, calls) => {
      const { names, ...rest } = await listed(order, maxItems);
      expect({ held: names.length, ...rest }).toEqual({ held: maxItems, truncated: true, calls });
    });
  });

  it.each([
    "/api/v1/secrets",
    "/api/v1/namespaces/shop/secrets/db",
    "/apis/../api/v1/secrets",
    "/api/v1/namespaces/shop/pods/web/exec",
    "/api/v1/nodes/n1/proxy/run/shop/web",
    "//api/v1/secrets",
    "/version/../api/v1/secrets",
    "/api/v1%2Fsecrets",
    "/metrics#/../api",
    "http://other/version",
  ])("reads no raw path that may hold objects: %s", async (path) => {
    const before = server.calls.length;
    await expect(reader.raw(path)).rejects.toMatchObject({ code: "INVALID" });
    expect(server.calls).toHaveLength(before);
  });

  it.each([
    ["an empty name", { ...SECRET, namespace: "shop", name: "" }],
    ["a dotted name", { ...SECRET, namespace: "shop", name: ".." }],
    ["a name with a slash", { ...SECRET, namespace: "shop", name: "db/status" }],
    ["a namespace with a query", { ...SECRET, namespace: "a/b?x", name: "db" }],
    ["a missing namespace", { ...SECRET, name: "db" }],
    ["a namespace too many", { apiVersion: "v1", kind: "Node", namespace: "shop", name: "n1" }],
  ])("sends nothing for %s", async (_case, ref) => {
    const before = server.calls.length;
    await expect(reader.get(ref)).rejects.toMatchObject({ code: "INVALID" });
    expect(server.calls).toHaveLength(before);
  });

  it("says which kind is unknown and what is near", async () => {
    await expect(reader.resolve("secert")).rejects.toMatchObject({
      code: "UNKNOWN_KIND",
      message: expect.stringContaining("Near: Secret"),
    });
  });
});

describe("record writer", () => {
  it("refuses every other group before anything is sent", async () => {
    const records = createRecordWriter(server.connection, { group: "sre-agent.dev" });
    const ref = { ...SECRET, namespace: "shop", name: "db" };
    const before = server.calls.length;
    const writes = [
      records.create({ ...SECRET, metadata: { name: "x", namespace: "shop" } }),
      records.merge(ref, {}),
      records.delete(ref),
      records.replaceStatus({ ...SECRET, ...secret, metadata: { ...secret.metadata, creationTimestamp: "" } }, {}),
    ];
    for (const write of writes) await expect(write).rejects.toMatchObject({ code: "INVALID" });
    expect(server.calls).toHaveLength(before);
  });
});
