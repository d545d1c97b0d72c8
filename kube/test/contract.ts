import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Connection, INTERNALS } from "../src/connection.ts";
import {
  createEventRecorder,
  createLeaseElection,
  createPreviewer,
  createReader,
  createRecordWriter,
  createReflector,
  createReviewer,
  createWriter,
  isKubeError,
  type KindRef,
  type KubeErrorCode,
  type KubeObject,
  type NewObject,
  systemClock,
} from "../src/index.ts";
import { type WatchEvent, watchEvents } from "../src/watch-events.ts";

/** What an API server offers beyond stored objects. */
export interface ContractCapabilities {
  /** A served kind of an own group with a status subresource. */
  readonly record?: KindRef & {
    readonly group: string;
    readonly spec: object;
    readonly status: object;
    readonly otherStatus: object;
  };
  /** An image with a shell, when pods really run. */
  readonly image?: string;
  /** Access reviews judge; otherwise they allow everything. */
  readonly authorizes?: boolean;
  /** ServiceAccount tokens can be issued and reviewed. */
  readonly tokens?: boolean;
}

export interface ContractServer {
  readonly connection: Connection;
  readonly capabilities: ContractCapabilities;
  close(): Promise<void>;
}

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

interface Deployment extends KubeObject {
  readonly spec: { readonly replicas: number };
}

const CONFIG_MAP: KindRef = { apiVersion: "v1", kind: "ConfigMap" };
const SECRET: KindRef = { apiVersion: "v1", kind: "Secret" };
const POD: KindRef = { apiVersion: "v1", kind: "Pod" };
const DEPLOYMENT: KindRef = { apiVersion: "apps/v1", kind: "Deployment" };

/** The behaviour that this workspace counts on; the same cases for a real API server and for a sandbox. */
export function kubeContract(open: () => Promise<ContractServer>): void {
  const namespace = `kube-contract-${randomBytes(4).toString("hex")}`;
  let server: ContractServer;
  let number = 0;

  const reader = () => createReader(server.connection);
  const writer = () => createWriter(server.connection);
  const core = () => createRecordWriter(server.connection, { group: "" });
  const apps = () => createRecordWriter(server.connection, { group: "apps" });
  const newName = (prefix: string) => `${prefix}-${++number}`;
  const configMap = (name: string, more: object = {}): NewObject => ({
    ...CONFIG_MAP,
    metadata: { name, namespace, labels: { case: "contract" } },
    data: { a: "1", b: "2" },
    ...more,
  });

  beforeAll(async () => {
    server = await open();
    await core().create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  });

  afterAll(async () => {
    await core().delete({ apiVersion: "v1", kind: "Namespace", name: namespace });
    await server.close();
  });

  describe("objects", () => {
    it("creates, gets and deletes", async () => {
      const name = newName("life");
      const created = await core().create<ConfigMap>(configMap(name));
      const got = await reader().get<ConfigMap>({ ...CONFIG_MAP, namespace, name });
      expect(got).toMatchObject({ ...CONFIG_MAP, metadata: { name, uid: created.metadata.uid }, data: { a: "1" } });
      await core().delete({ ...CONFIG_MAP, namespace, name });
      await expectCode("NOT_FOUND", reader().get({ ...CONFIG_MAP, namespace, name }));
    });

    it("refuses a second object of the same name", async () => {
      const name = newName("twice");
      await core().create(configMap(name));
      await expectCode("ALREADY_EXISTS", core().create(configMap(name)));
    });

    it("makes a name from generateName", async () => {
      const created = await core().create({ ...CONFIG_MAP, metadata: { generateName: "gen-", namespace } });
      expect(created.metadata.name).toMatch(/^gen-.{5}/);
    });

    it("deletes only the object with the given uid", async () => {
      const name = newName("uid");
      await core().create(configMap(name));
      const ref = { ...CONFIG_MAP, namespace, name };
      await expectCode("CONFLICT", core().delete(ref, { uid: "00000000-0000-0000-0000-000000000000" }));
      expect((await reader().get(ref)).metadata.name).toBe(name);
    });

    it("refuses a field that the schema does not know", async () => {
      await expectCode("INVALID", core().create(configMap(newName("strict"), { surprise: true })));
    });

    it("keeps a Secret's keys and no value, for get, list and reflector", async () => {
      const name = newName("secret");
      const data = { password: Buffer.from("canary").toString("base64") };
      const created = await core().create({ ...SECRET, metadata: { name, namespace }, data });
      const got = await reader().get({ ...SECRET, namespace, name });
      const { items } = await reader().list(SECRET, { namespace, fieldSelector: `metadata.name=${name}` });
      const stored = await reflectOnce(server.connection, SECRET, namespace);
      for (const secret of [created, got, items[0], stored.find((item) => item.metadata.name === name)]) {
        expect(secret).toMatchObject({ ...SECRET, data: { password: "" } });
      }
    });
  });

  describe("lists", () => {
    const labels = { pages: "seven" };
    beforeAll(async () => {
      for (let i = 0; i < 7; i++) {
        await core().create({ ...CONFIG_MAP, metadata: { name: `page-${i}`, namespace, labels }, data: { i: `${i}` } });
      }
    });

    it("gives pages until the end", async () => {
      const sizes: number[] = [];
      let next: string | undefined;
      do {
        const page = await reader().list(CONFIG_MAP, {
          namespace,
          labelSelector: "pages=seven",
          limit: 3,
          ...(next === undefined ? {} : { continue: next }),
        });
        sizes.push(page.items.length);
        next = page.continue;
      } while (next !== undefined);
      expect(sizes).toEqual([3, 3, 1]);
    });

    it("says when a bound cut the list", async () => {
      const options = { namespace, labelSelector: "pages=seven", limit: 2 };
      expect(await reader().listAll(CONFIG_MAP, { ...options, maxItems: 5 })).toMatchObject({ truncated: true });
      const all = await reader().listAll(CONFIG_MAP, options);
      expect([all.items.length, all.truncated]).toEqual([7, false]);
    });

    it("selects by labels and by fields", async () => {
      const byField = await reader().list(CONFIG_MAP, { namespace, fieldSelector: "metadata.name=page-3" });
      expect(byField.items.map((item) => item.metadata.name)).toEqual(["page-3"]);
      const byLabel = await reader().list(CONFIG_MAP, { namespace, labelSelector: "pages in (six,seven),pages!=six" });
      expect(byLabel.items).toHaveLength(7);
    });

    it("makes a table", async () => {
      const table = await reader().table(CONFIG_MAP, { namespace, labelSelector: "pages=seven", limit: 4 });
      expect(table.columns.map((column) => column.name)).toEqual(["Name", "Data", "Age"]);
      expect(table.rows).toHaveLength(4);
      expect(table.rows[0]).toMatchObject({ name: "page-0", namespace, cells: ["page-0", 1, expect.any(String)] });
      expect(table.continue).toBeTypeOf("string");
    });
  });

  describe("discovery", () => {
    it.each(["deploy", "Deployment", "deployments", "deployments.apps", "apps/v1/Deployment"])(
      "resolves %s",
      async (name) => {
        expect(await reader().resolve(name)).toMatchObject({
          ...DEPLOYMENT,
          resource: "deployments",
          namespaced: true,
        });
      },
    );

    it("names what is near an unknown kind", async () => {
      await expect(reader().resolve("deploymet")).rejects.toMatchObject({
        code: "UNKNOWN_KIND",
        message: expect.stringContaining("Deployment"),
      });
    });

    it("tells its version", async () => {
      expect(await reader().raw("/version")).toMatchObject({ major: "1" });
    });
  });

  describe("patches", () => {
    it("merges, and null removes", async () => {
      const name = newName("merge");
      await core().create(configMap(name));
      const ref = { ...CONFIG_MAP, namespace, name };
      const merged = await core().merge<ConfigMap>(ref, { data: { a: null, c: "3" } });
      expect(merged.data).toEqual({ b: "2", c: "3" });
    });

    it("refuses a merge on an older resourceVersion", async () => {
      const name = newName("swap");
      const { metadata } = await core().create(configMap(name));
      const ref = { ...CONFIG_MAP, namespace, name };
      const patch = { metadata: { resourceVersion: metadata.resourceVersion }, data: { a: "first" } };
      await core().merge(ref, patch);
      await expectCode("CONFLICT", core().merge(ref, { ...patch, data: { a: "second" } }));
    });

    it("applies a JSON patch whose tests hold, to a Deployment of the same uid", async () => {
      const name = newName("web");
      const { metadata } = await apps().create(deployment(namespace, name));
      const patched = await writer().patch<Deployment>({ ...DEPLOYMENT, namespace, name }, [
        { op: "test", path: "/metadata/uid", value: metadata.uid },
        { op: "test", path: "/spec/replicas", value: 0 },
        { op: "replace", path: "/spec/replicas", value: 1 },
        { op: "add", path: "/metadata/labels", value: { patched: "yes" } },
      ]);
      expect(patched).toMatchObject({ spec: { replicas: 1 }, metadata: { labels: { patched: "yes" } } });
    });

    it("changes nothing when a test fails", async () => {
      const name = newName("test");
      await core().create(configMap(name));
      const ref = { ...CONFIG_MAP, namespace, name };
      const patch = [
        { op: "replace", path: "/data/a", value: "changed" },
        { op: "test", path: "/data/b", value: "other" },
      ] as const;
      await expectCode("INVALID", writer().patch(ref, patch));
      expect((await reader().get<ConfigMap>(ref)).data).toEqual({ a: "1", b: "2" });
    });

    it("previews and stores nothing", async () => {
      const name = newName("dry");
      const { metadata } = await core().create(configMap(name));
      const ref = { ...CONFIG_MAP, namespace, name };
      const preview = createPreviewer(server.connection);
      const previewed = await preview.patch<ConfigMap>(ref, [{ op: "replace", path: "/data/a", value: "9" }]);
      expect(previewed.data?.["a"]).toBe("9");
      const stored = await reader().get<ConfigMap>(ref);
      expect([stored.data?.["a"], stored.metadata.resourceVersion]).toEqual(["1", metadata.resourceVersion]);
      await expectCode("INVALID", preview.patch(ref, [{ op: "test", path: "/data/a", value: "7" }]));
    });
  });

  describe("status", () => {
    it("is replaced through its subresource by the writer who read last", async () => {
      const { record } = server.capabilities;
      if (record === undefined) return;
      const { apiVersion, kind, group, spec, status, otherStatus } = record;
      const records = createRecordWriter(server.connection, { group });
      const name = newName("record");
      const created = await records.create({ apiVersion, kind, metadata: { name, namespace }, spec, status });
      expect(created).not.toHaveProperty("status");
      const first = await records.replaceStatus(created, status);
      expect(first).toMatchObject({ spec, status, metadata: { generation: 1 } });
      await expectCode("CONFLICT", records.replaceStatus(created, otherStatus));
      expect(await records.replaceStatus(first, otherStatus)).toMatchObject({ spec, status: otherStatus });
      const ref = { apiVersion, kind, namespace, name };
      expect(await records.merge(ref, { status })).toMatchObject({ status: otherStatus });
    });
  });

  describe("watches", () => {
    it("follows additions, changes and deletions, and a new uid is a new object", async () => {
      const name = newName("watched");
      const seen: string[] = [];
      const stop = new AbortController();
      const reflector = createReflector<string, ConfigMap>({
        connection: server.connection,
        kind: CONFIG_MAP,
        namespace,
        fieldSelector: `metadata.name=${name}`,
        project: ({ data }) => data?.["a"] ?? "",
        clock: systemClock,
        random: Math.random,
        onChange: (_key, old, now) => seen.push(`${old ?? "-"}>${now ?? "-"}`),
        onError: (error) => seen.push(String(error)),
      });
      const run = reflector.run(stop.signal);
      await reflector.synced;
      const ref = { ...CONFIG_MAP, namespace, name };
      await core().create(configMap(name));
      await core().merge(ref, { data: { a: "2" } });
      await core().delete(ref);
      await core().create(configMap(name, { data: { a: "3" } }));
      await vi.waitFor(() => expect(seen).toEqual(["->1", "1>2", "2>-", "->3"]), 10_000);
      expect(reflector.store.get(`${namespace}/${name}`)).toBe("3");
      stop.abort();
      await run;
    });

    it("moves on by bookmarks past changes that it does not select", async () => {
      const { resourceVersion } = await reader().list(CONFIG_MAP, { namespace });
      const path = `/api/v1/namespaces/${namespace}/configmaps`;
      const query = { resourceVersion, timeoutSeconds: 8, fieldSelector: "metadata.name=nothing" };
      const watch = await openWatch(server.connection, path, query);
      const { metadata } = await core().create(configMap(newName("unseen")));
      const events = await collect(watch);
      expect(events.map((event) => event.type)).toContain("BOOKMARK");
      const bookmark = Number(events.at(-1)?.object.metadata.resourceVersion);
      expect(bookmark).toBeGreaterThanOrEqual(Number(metadata.resourceVersion));
    }, 20_000);

    it("says GONE for a resourceVersion that is no longer kept", async () => {
      // A young API server still remembers ConfigMaps from its first resourceVersion; a kind added later it cannot.
      const { resource, apiVersion } = await reader().resolve(server.capabilities.record?.kind ?? "ConfigMap");
      const root = apiVersion.includes("/") ? "/apis" : "/api";
      const old = { resourceVersion: "1", timeoutSeconds: 5 };
      const watch = openWatch(server.connection, `${root}/${apiVersion}/${resource}`, old);
      await expectCode("GONE", watch.then(collect));
    }, 20_000);
  });

  describe("pods", () => {
    it("gives the log of a container and evicts only the pod of the given uid", async () => {
      const { image } = server.capabilities;
      if (image === undefined) return;
      const name = newName("pod");
      const { metadata } = await core().create(pod({ namespace, name, image }));
      const logs = () => reader().logs({ namespace, pod: name, tailLines: 2 });
      await vi.waitFor(async () => expect(await logs()).toBe("two\nthree\n"), { timeout: 60_000, interval: 500 });
      const wrong = { namespace, name, uid: "00000000-0000-0000-0000-000000000000" };
      await expectCode("CONFLICT", writer().evict(wrong));
      await writer().evict({ namespace, name, uid: metadata.uid });
      const gone = reader()
        .get({ ...POD, namespace, name })
        .catch((error: unknown) => error);
      expect(await gone).toSatisfy((pod) => isKubeError(pod, "NOT_FOUND") || "deletionTimestamp" in pod.metadata);
    }, 90_000);
  });

  describe("reviews", () => {
    const question = { verb: "delete", group: "", resource: "pods", namespace: "default" };

    it("tells what a user may", async () => {
      const reviewer = createReviewer(server.connection);
      const admin = { username: "root", groups: ["system:masters"] };
      expect((await reviewer.may({ ...question, user: admin })).allowed).toBe(true);
      const nobody = await reviewer.may({ ...question, user: { username: "nobody" } });
      expect(nobody.allowed).toBe(server.capabilities.authorizes !== true);
    });

    it("authenticates a token for its audience only", async () => {
      const reviewer = createReviewer(server.connection);
      if (server.capabilities.tokens !== true) return;
      const token = await issueToken(server.connection, namespace, "sre-agent");
      expect(await reviewer.authenticate(token, "sre-agent")).toMatchObject({
        username: `system:serviceaccount:${namespace}:default`,
        groups: expect.arrayContaining(["system:serviceaccounts"]),
      });
      expect(await reviewer.authenticate(token, "somebody-else")).toBeUndefined();
      expect(await reviewer.authenticate("no-token", "sre-agent")).toBeUndefined();
    });
  });

  describe("events and leases", () => {
    it("records equal events as one", async () => {
      const name = newName("event");
      const regarding = await core().create(configMap(name));
      const recorder = createEventRecorder(server.connection, {
        reportingController: "sre-agent.dev/contract",
        reportingInstance: "contract-0",
        clock: systemClock,
      });
      const event = { regarding, type: "Normal", reason: "Tested", action: "Test", note: "n".repeat(2_000) } as const;
      await recorder.record(event);
      await recorder.record(event);
      const { items } = await reader().list({ apiVersion: "events.k8s.io/v1", kind: "Event" }, { namespace });
      const about = items.filter((item) => item.metadata.name.startsWith(`${name}-`));
      expect(about).toHaveLength(1);
      expect(about[0]).toMatchObject({ reason: "Tested", regarding: { name, kind: "ConfigMap" } });
    });

    it("has one leader, and the next as soon as it stops", async () => {
      const order: string[] = [];
      const stops = { a: new AbortController(), b: new AbortController() };
      const durations = { leaseMs: 15_000, renewMs: 10_000, retryMs: 200 };
      const lead = (identity: "a" | "b") =>
        createLeaseElection({
          connection: server.connection,
          namespace,
          name: "contract",
          identity,
          clock: systemClock,
          durations,
        }).run(stops[identity].signal, async (leadership) => {
          order.push(`${identity} leads`);
          await new Promise((resolve) => leadership.addEventListener("abort", resolve, { once: true }));
          order.push(`${identity} stops`);
        });
      const a = lead("a");
      await vi.waitFor(() => expect(order).toEqual(["a leads"]), 5_000);
      const b = lead("b");
      await systemClock.sleep(600);
      expect(order).toEqual(["a leads"]);
      stops.a.abort();
      await a;
      await vi.waitFor(() => expect(order).toEqual(["a leads", "a stops", "b leads"]), 5_000);
      stops.b.abort();
      await b;
    }, 20_000);
  });
}

async function expectCode(code: KubeErrorCode, call: Promise<unknown>): Promise<void> {
  await expect(call).rejects.toMatchObject({ name: "KubeError", code });
}

async function reflectOnce(connection: Connection, kind: KindRef, namespace: string): Promise<readonly KubeObject[]> {
  const stop = new AbortController();
  const onError = () => undefined;
  const reflector = createReflector({ connection, kind, namespace, clock: systemClock, random: Math.random, onError });
  const run = reflector.run(stop.signal);
  await reflector.synced;
  stop.abort();
  await run;
  return reflector.store.list();
}

async function openWatch(
  connection: Connection,
  path: string,
  query: { readonly resourceVersion: string; readonly timeoutSeconds: number; readonly fieldSelector?: string },
): Promise<AsyncIterable<WatchEvent>> {
  const { transport } = connection[INTERNALS];
  const stream = await transport.stream({
    method: "GET",
    path,
    query: { ...query, watch: true, allowWatchBookmarks: true },
  });
  return watchEvents(stream, "contract watch");
}

async function collect(watch: AsyncIterable<WatchEvent>): Promise<readonly WatchEvent[]> {
  const events: WatchEvent[] = [];
  for await (const event of watch) events.push(event);
  return events;
}

async function issueToken(connection: Connection, namespace: string, audience: string): Promise<string> {
  const request = {
    method: "POST",
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/default/token`,
    body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { audiences: [audience] } },
  } as const;
  const { transport } = connection[INTERNALS];
  // The controller that makes the default ServiceAccount may still be at work.
  const answer = await vi.waitFor(() => transport.json<{ status: { token: string } }>(request), 10_000);
  return answer.status.token;
}

function deployment(namespace: string, name: string): NewObject {
  const labels = { app: name };
  return {
    ...DEPLOYMENT,
    metadata: { name, namespace },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "main", image: "none" }] } },
    },
  };
}

function pod({ namespace, name, image }: { namespace: string; name: string; image: string }): NewObject {
  const command = ["sh", "-c", "echo one; echo two; echo three; trap exit TERM; sleep 600 & wait"];
  return {
    ...POD,
    metadata: { name, namespace },
    spec: {
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      containers: [{ name: "main", image, imagePullPolicy: "Never", command }],
    },
  };
}
