import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createManualClock, type ManualClock, type Sandbox, startSandbox } from "../src/index.ts";
import { type Body, type Call, clientOf, type Reply } from "./client.ts";

const MERGE = "application/merge-patch+json";
const JSON_PATCH = "application/json-patch+json";
const STRATEGIC = "application/strategic-merge-patch+json";
const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
const MAPS = "/api/v1/namespaces/default/configmaps";
const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";

let clock: ManualClock;
let sandbox: Sandbox;
let call: (method: string, path: string, options?: Call) => Promise<Reply>;

beforeAll(async () => {
  clock = createManualClock(Date.parse("2026-11-24T08:00:00Z"));
  sandbox = await startSandbox({ clock, storageLimit: 200_000 });
  call = clientOf(sandbox);
});

afterAll(() => sandbox.stop());

const map = (name: string, data: object = { x: "1" }, more: object = {}) => ({ metadata: { name, ...more }, data });

const web = (name: string, replicas = 2) => ({
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: "main", image: "i:1", env: [{ name: "A", value: "1" }] }] },
    },
  },
});

/** The events of a watch that ends when the clock has moved on. */
async function watch(path: string): Promise<readonly Body[]> {
  const reply = call("GET", path);
  // The request has to arrive before time moves.
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  const ended = reply.then(({ text }) => text.split("\n").filter(Boolean));
  await clock.advance(10_000);
  return (await ended).map((line) => JSON.parse(line) as Body);
}

describe("access", () => {
  it("answers 401 without a token and with an unknown one, but tells its version", async () => {
    const bare = await fetch(`${sandbox.url}/api/v1/pods`);
    expect([bare.status, await bare.json()]).toEqual([401, expect.objectContaining({ reason: "Unauthorized" })]);
    expect((await call("GET", "/api/v1/pods", { token: "made-up" })).code).toBe(401);
    expect((await fetch(`${sandbox.url}/version`)).status).toBe(200);
  });

  it("refuses what a rule denies, with the real server's words, and access reviews say the same", async () => {
    sandbox.setRule("intern", ({ verb }) => verb === "get");
    const token = sandbox.tokenFor("intern");
    const { code, body } = await call("GET", "/api/v1/namespaces/default/pods", { token });
    expect([code, body.message]).toEqual([
      403,
      'pods is forbidden: User "intern" cannot list resource "pods" in API group "" in the namespace "default"',
    ]);
    const review = { spec: { user: "intern", resourceAttributes: { verb: "list", resource: "pods" } } };
    const path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
    expect((await call("POST", path, { body: review })).body.status.allowed).toBe(false);
    sandbox.setRule("intern", undefined);
    expect((await call("POST", path, { body: review })).body.status.allowed).toBe(true);
  });

  it("issues tokens for an audience, which are no API tokens and end", async () => {
    const path = "/api/v1/namespaces/default/serviceaccounts/default/token";
    const { body } = await call("POST", path, { body: { spec: { audiences: ["mcp"], expirationSeconds: 600 } } });
    const token = body.status.token ?? "";
    const review = (audience: string) =>
      call("POST", "/apis/authentication.k8s.io/v1/tokenreviews", { body: { spec: { token, audiences: [audience] } } });
    expect((await review("mcp")).body.status).toMatchObject({
      authenticated: true,
      user: { username: "system:serviceaccount:default:default" },
    });
    expect((await review("other")).body.status.authenticated).toBeUndefined();
    expect((await call("GET", "/api/v1/pods", { token })).code).toBe(401);
    await clock.advance(601_000);
    expect((await review("mcp")).body.status.authenticated).toBeUndefined();
  });
});

describe("lists and watches", () => {
  it("pages over one snapshot, and 410 after a compaction", async () => {
    for (const name of ["page-a", "page-b", "page-c"]) {
      await call("POST", MAPS, { body: map(name, {}, { labels: { set: "pages" } }) });
    }
    const list = `${MAPS}?labelSelector=set%3Dpages&limit=2`;
    const first = (await call("GET", list)).body;
    await call("DELETE", `${MAPS}/page-c`);
    const next = `${list}&continue=${first.metadata.continue}`;
    const second = (await call("GET", next)).body;
    expect([first, second].flatMap(({ items }) => items.map(({ metadata }) => metadata.name))).toEqual([
      "page-a",
      "page-b",
      "page-c",
    ]);
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    sandbox.compact();
    expect(await call("GET", next)).toMatchObject({ code: 410, body: { reason: "Expired" } });
  });

  it("replays changes after a version, says when an object leaves the selection, and bookmarks before the end", async () => {
    const { resourceVersion } = (await call("GET", MAPS)).body.metadata;
    await call("POST", MAPS, { body: map("moving", {}, { labels: { in: "yes" } }) });
    await call("PATCH", `${MAPS}/moving`, { body: { metadata: { labels: { in: "no" } } }, type: MERGE });
    const query = `watch=1&labelSelector=in%3Dyes&timeoutSeconds=5&allowWatchBookmarks=true`;
    const events = await watch(`${MAPS}?${query}&resourceVersion=${resourceVersion}`);
    expect(events.map(({ type }) => type)).toEqual(["ADDED", "DELETED", "BOOKMARK"]);
  });

  it("ends a watch from a forgotten version with a 410 inside a 200", async () => {
    const { resourceVersion } = (await call("GET", MAPS)).body.metadata;
    await call("POST", MAPS, { body: map("later") });
    sandbox.compact();
    const events = await watch(`${MAPS}?watch=1&resourceVersion=${resourceVersion}`);
    expect(events).toMatchObject([{ type: "ERROR", object: { code: 410, reason: "Expired" } }]);
  });

  it("refuses unknown field selectors and label selectors that do not parse", async () => {
    expect((await call("GET", `${MAPS}?fieldSelector=foo%3Dbar`)).code).toBe(400);
    expect((await call("GET", `${MAPS}?labelSelector=a%20b%3D%3Dc`)).body.message).toBe(
      "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
    );
  });

  it("makes tables of our kinds from their printer columns", async () => {
    const { body } = await call("GET", "/apis/sre-agent.dev/v1alpha1/sreinvestigations", { accept: TABLE });
    expect(body.columnDefinitions?.map(({ name }) => name)).toEqual(expect.arrayContaining(["Name", "Phase", "Age"]));
  });
});

describe("writes", () => {
  it("tells conflicts, missing and existing objects as the real server does", async () => {
    await call("POST", MAPS, { body: map("one") });
    expect((await call("POST", MAPS, { body: map("one") })).body).toMatchObject({
      reason: "AlreadyExists",
      message: 'configmaps "one" already exists',
      details: { name: "one", kind: "configmaps" },
      code: 409,
    });
    const stale = { ...map("one"), metadata: { name: "one", resourceVersion: "1" } };
    expect((await call("PUT", `${MAPS}/one`, { body: stale })).body.reason).toBe("Conflict");
    expect((await call("GET", `${MAPS}/none`)).body.message).toBe('configmaps "none" not found');
    expect((await call("POST", "/api/v1/namespaces/none/configmaps", { body: map("a") })).body.message).toBe(
      'namespaces "none" not found',
    );
  });

  it("keeps the version when nothing changes, and the object when a test fails or the run is dry", async () => {
    const before = (await call("POST", MAPS, { body: map("still") })).body.metadata.resourceVersion;
    const path = `${MAPS}/still`;
    await call("PATCH", path, { body: { data: { x: "1" } }, type: MERGE });
    const patch = [
      { op: "replace", path: "/data/x", value: "2" },
      { op: "test", path: "/metadata/uid", value: "other" },
    ];
    expect((await call("PATCH", path, { body: patch, type: JSON_PATCH })).body).toMatchObject({
      code: 422,
      reason: "Invalid",
      details: {},
    });
    const dry = await call("PATCH", `${path}?dryRun=All`, { body: { data: { x: "3" } }, type: MERGE });
    expect(dry.body.data).toEqual({ x: "3" });
    expect((await call("GET", path)).body).toMatchObject({ data: { x: "1" }, metadata: { resourceVersion: before } });
  });

  it("merges containers and variables by name, and counts generations of the spec alone", async () => {
    await call("POST", DEPLOYMENTS, { body: web("merge") });
    const path = `${DEPLOYMENTS}/merge`;
    const containers = [{ name: "main", env: [{ name: "B", value: "2" }] }];
    const body = { spec: { template: { spec: { containers } } } };
    const patched = (await call("PATCH", path, { body, type: STRATEGIC })).body;
    expect(patched.spec.template).toMatchObject({
      spec: { containers: [{ image: "i:1", env: [{ name: "A" }, { name: "B" }] }] },
    });
    expect(patched.metadata.generation).toBe(2);
    const labels = { metadata: { labels: { a: "b" } }, status: { replicas: 99 } };
    const labelled = (await call("PATCH", path, { body: labels, type: MERGE })).body;
    expect([labelled.metadata.generation, labelled.status]).toEqual([2, expect.not.objectContaining({ replicas: 99 })]);
  });

  it("refuses an object that etcd could not hold", async () => {
    const { code, body } = await call("POST", MAPS, { body: map("big", { x: "y".repeat(200_000) }) });
    expect([code, body.message]).toEqual([500, "etcdserver: request is too large"]);
  });

  it("shows one event in both of its versions", async () => {
    const event = { metadata: { name: "e.1" }, regarding: { kind: "Pod", name: "p" }, reason: "R", note: "said" };
    await call("POST", "/apis/events.k8s.io/v1/namespaces/default/events", { body: event });
    const { body } = await call("GET", "/api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3Dp");
    expect(body.items).toMatchObject([{ message: "said", involvedObject: { name: "p" } }]);
  });
});

describe("workloads", () => {
  it("scales by the subresource and deletes what a Deployment owned", async () => {
    await call("POST", DEPLOYMENTS, { body: web("scaled") });
    await clock.advance(2_000);
    const scale = { body: { spec: { replicas: 4 } }, type: MERGE };
    expect((await call("PATCH", `${DEPLOYMENTS}/scaled/scale`, scale)).body.spec.replicas).toBe(4);
    await clock.advance(2_000);
    const pods = "/api/v1/namespaces/default/pods?labelSelector=app%3Dscaled";
    expect((await call("GET", pods)).body.items).toHaveLength(4);
    await call("DELETE", `${DEPLOYMENTS}/scaled`);
    await clock.advance(2_000);
    expect((await call("GET", pods)).body.items).toHaveLength(0);
  });

  it("evicts only what a PodDisruptionBudget spares", async () => {
    await call("POST", DEPLOYMENTS, { body: web("guarded") });
    await clock.advance(2_000);
    const budget = {
      metadata: { name: "b" },
      spec: { minAvailable: 2, selector: { matchLabels: { app: "guarded" } } },
    };
    await call("POST", "/apis/policy/v1/namespaces/default/poddisruptionbudgets", { body: budget });
    const { items } = (await call("GET", "/api/v1/namespaces/default/pods?labelSelector=app%3Dguarded")).body;
    const path = `/api/v1/namespaces/default/pods/${items[0]?.metadata.name}/eviction`;
    expect((await call("POST", path, { body: {} })).body).toMatchObject({
      code: 429,
      details: { causes: [{ reason: "DisruptionBudget" }] },
    });
    await call("DELETE", "/apis/policy/v1/namespaces/default/poddisruptionbudgets/b");
    expect((await call("POST", path, { body: {} })).code).toBe(201);
  });

  it("keeps an object with finalizers until they are gone", async () => {
    await call("POST", MAPS, { body: map("held", {}, { finalizers: ["a.dev/b"] }) });
    const marked = (await call("DELETE", `${MAPS}/held`)).body;
    expect(marked.metadata.deletionTimestamp).toBe(new Date(clock.now()).toISOString().replace(/\.\d+/, ""));
    await call("PATCH", `${MAPS}/held`, { body: { metadata: { finalizers: null } }, type: MERGE });
    expect((await call("GET", `${MAPS}/held`)).code).toBe(404);
  });

  it("empties a namespace that is deleted", async () => {
    await call("POST", "/api/v1/namespaces", { body: { metadata: { name: "gone" } } });
    await call("POST", "/api/v1/namespaces/gone/configmaps", { body: map("a") });
    await call("DELETE", "/api/v1/namespaces/gone");
    await clock.advance(1_000);
    expect((await call("GET", "/api/v1/namespaces/gone")).code).toBe(404);
  });

  it("finds a missing ConfigMap by the manifest alone, and starts the pod when it is there", async () => {
    const env = [{ name: "X", valueFrom: { configMapKeyRef: { name: "absent", key: "k" } } }];
    const pod = { metadata: { name: "needy" }, spec: { containers: [{ name: "c", image: "i", env }] } };
    await call("POST", "/api/v1/namespaces/default/pods", { body: pod });
    await clock.advance(500);
    const path = "/api/v1/namespaces/default/pods/needy";
    expect((await call("GET", path)).body.status.containerStatuses).toMatchObject([
      { state: { waiting: { reason: "CreateContainerConfigError", message: 'configmap "absent" not found' } } },
    ]);
    await call("POST", MAPS, { body: map("absent", { k: "v" }) });
    await clock.advance(2_000);
    expect((await call("GET", path)).body.status.phase).toBe("Running");
  });
});
