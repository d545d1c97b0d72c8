import { afterEach, describe, expect, it } from "vitest";
import { createManualClock, type Recording, type Sandbox, startSandbox } from "../src/index.ts";
import { clientOf } from "./client.ts";

const RECORDED_AT = "2026-11-24T08:00:00Z";
const START_MS = Date.parse("2026-12-01T10:00:00Z");
const APPS = "/apis/apps/v1/namespaces/shop";
const PODS = "/api/v1/namespaces/shop/pods";
const SLICES = "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices";

const meta = (name: string, more: object = {}) => ({ name, namespace: "shop", uid: `uid-${name}`, ...more });
const clusterMeta = (name: string, more: object = {}) => ({ name, uid: `uid-${name}`, ...more });
const ownedBy = (kind: string, name: string) => ({
  ownerReferences: [{ apiVersion: "apps/v1", kind, name, uid: `uid-${name}`, controller: true }],
});
const template = (image: string) => ({
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "web", image, imagePullPolicy: "IfNotPresent" }] },
});

function replicaSet(revision: number, image: string, available: number) {
  const name = `web-${revision}`;
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      ...meta(name, ownedBy("Deployment", "web")),
      annotations: { "deployment.kubernetes.io/revision": String(revision) },
    },
    spec: { replicas: 1, selector: { matchLabels: { app: "web" } }, template: template(image) },
    status: { replicas: 1, readyReplicas: available, availableReplicas: available },
  };
}

/** A rollout that hangs: one pod of revision 1 serves, the one of revision 2 cannot get its image. */
function recording(...more: Recording["objects"]): Recording {
  const condition = (status: string) => ({ type: "Ready", status, lastTransitionTime: "2026-11-24T07:59:00Z" });
  const pod = (
    name: string,
    owner: string,
    { image, state, ready }: { image: string; state: object; ready: string },
  ) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...meta(name, ownedBy("ReplicaSet", owner)), labels: { app: "web" } },
    spec: { ...template(image).spec, nodeName: "node-1" },
    status: {
      phase: ready === "True" ? "Running" : "Pending",
      podIP: "10.0.9.9",
      conditions: [condition(ready)],
      containerStatuses: [{ name: "web", ready: ready === "True", restartCount: 0, state }],
    },
  });
  const node = { apiVersion: "v1", kind: "Node", metadata: { name: "node-1" } };
  return {
    now: RECORDED_AT,
    objects: [
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
      { ...node, spec: {}, status: { conditions: [condition("True")] } },
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: meta("web", { generation: 2, annotations: { "deployment.kubernetes.io/revision": "2" } }),
        spec: { replicas: 1, selector: { matchLabels: { app: "web" } }, template: template("web:2") },
        status: { observedGeneration: 2, conditions: [{ type: "Progressing", reason: "ProgressDeadlineExceeded" }] },
      },
      replicaSet(1, "web:1", 1),
      replicaSet(2, "web:2", 0),
      pod("web-1-a", "web-1", { image: "web:1", state: { running: {} }, ready: "True" }),
      pod("web-2-a", "web-2", { image: "web:2", state: { waiting: { reason: "ErrImagePull" } }, ready: "False" }),
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: meta("web"),
        spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
      },
      ...more,
    ],
    logs: [{ namespace: "shop", pod: "web-1-a", container: "web", previous: false, text: "listening\nserving\n" }],
  };
}

let running: Sandbox | undefined;

async function start(recorded: Recording) {
  const clock = createManualClock(START_MS);
  running = await startSandbox({ recording: recorded, clock });
  return { clock, call: clientOf(running) };
}

afterEach(async () => {
  await running?.stop();
});

describe("a recorded cluster", () => {
  it("stays as it was recorded, as old as it was then", async () => {
    const { clock, call } = await start(recording());
    await clock.advance(600_000);
    const { body: deployment } = await call("GET", `${APPS}/deployments/web`);
    expect(deployment.metadata).toMatchObject({ uid: "uid-web", generation: 2 });
    expect(deployment.status.conditions).toEqual([{ type: "Progressing", reason: "ProgressDeadlineExceeded" }]);
    const { body: pods } = await call("GET", PODS);
    expect(pods.items.map(({ metadata }) => metadata.name)).toEqual(["web-1-a", "web-2-a"]);
    expect(pods.items[0]?.status.conditions[0]).toMatchObject({ lastTransitionTime: "2026-12-01T09:59:00Z" });
    expect((await call("GET", SLICES)).body.items).toEqual([]);
    expect((await call("GET", "/api/v1/nodes")).body.items.map(({ metadata }) => metadata.name)).toEqual(["node-1"]);
    expect((await call("GET", "/api/v1/namespaces/shop/serviceaccounts")).body.items).toEqual([]);
  });

  it("goes on from there when somebody changes something", async () => {
    const { clock, call } = await start(recording());
    const patch = [{ op: "replace", path: "/spec/template", value: template("web:1") }];
    const { code } = await call("PATCH", `${APPS}/deployments/web`, {
      body: patch,
      type: "application/json-patch+json",
    });
    expect(code).toBe(200);
    await clock.advance(3_000);
    const { body: pods } = await call("GET", PODS);
    expect(pods.items.map(({ metadata }) => metadata.name)).toEqual(["web-1-a"]);
    const { body: deployment } = await call("GET", `${APPS}/deployments/web`);
    expect(deployment.metadata.annotations).toMatchObject({ "deployment.kubernetes.io/revision": "3" });
    expect(deployment.status).toMatchObject({ replicas: 1, updatedReplicas: 1, availableReplicas: 1 });
    expect((await call("GET", SLICES)).body.items[0]?.endpoints).toHaveLength(1);
  });

  it("lets a new pod fare as the recorded one of its template, unless that was ready", async () => {
    const { clock, call } = await start(recording());
    await call("DELETE", `${PODS}/web-1-a`);
    await call("DELETE", `${PODS}/web-2-a`);
    await clock.advance(5_000);
    const { body: pods } = await call("GET", PODS);
    expect(
      pods.items.map(({ metadata, status }) => [metadata.name.slice(0, 5), status.containerStatuses[0].state]),
    ).toEqual([
      ["web-1", { running: expect.anything() }],
      ["web-2", { waiting: { reason: "ErrImagePull" } }],
    ]);
    expect(pods.items.map(({ spec }) => spec.nodeName)).toEqual(["node-1", "node-1"]);
  });

  it("has the recorded logs, and says of others that they were not recorded", async () => {
    const { call } = await start(recording());
    expect((await call("GET", `${PODS}/web-1-a/log`)).text).toBe("listening\nserving\n");
    const missing = await call("GET", `${PODS}/web-2-a/log`);
    expect([missing.code, missing.body.message]).toEqual([404, expect.stringContaining("was not recorded")]);
  });

  it("keeps what has no owner here, what hangs in deletion, and leaves out what would act", async () => {
    const deletionTimestamp = "2026-11-24T07:00:00Z";
    const map = (name: string, more: object) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: meta(name, more) });
    const trigger = { apiVersion: "sre-agent.dev/v1alpha1", kind: "SreTrigger", metadata: meta("theirs") };
    const gone = {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: clusterMeta("gone", { deletionTimestamp }),
    };
    const { clock, call } = await start(
      recording(map("orphan", ownedBy("Elsewhere", "x")), map("stuck", { deletionTimestamp }), trigger, gone),
    );
    await clock.advance(10_000);
    const { body } = await call("GET", "/api/v1/namespaces/shop/configmaps");
    expect(body.items.map(({ metadata }) => metadata.name)).toEqual(["orphan", "stuck"]);
    expect((await call("GET", "/api/v1/namespaces/gone")).code).toBe(200);
    const triggers = await call("GET", "/apis/sre-agent.dev/v1alpha1/namespaces/shop/sretriggers");
    expect(triggers.body.items).toEqual([]);
  });
});
