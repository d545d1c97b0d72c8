import { afterEach, expect, it } from "vitest";
import { createManualClock, INCIDENTS, type Incident, type Sandbox, startSandbox } from "../src/index.ts";
import { type Condition, clientOf } from "./client.ts";

const START_MS = Date.parse("2026-11-24T08:00:00Z");
const DEPLOYMENT = "/apis/apps/v1/namespaces/shop/deployments/web";
const PODS = "/api/v1/namespaces/shop/pods";

let running: Sandbox | undefined;

async function start(incident: Incident) {
  const clock = createManualClock(START_MS);
  running = await startSandbox({ incident, clock });
  return { clock, sandbox: running, call: clientOf(running) };
}

afterEach(async () => {
  await running?.stop();
});

const conditionsOf = (list: readonly Condition[]) =>
  Object.fromEntries(list.map((each) => [each.type, [each.status, each.reason]]));

it("bad-release: rolls the first revision out within 1.5 seconds", async () => {
  const { clock, call } = await start(INCIDENTS["bad-release"]);
  await clock.advance(1_500);
  const { body } = await call("GET", DEPLOYMENT);
  expect(body.status).toMatchObject({
    readyReplicas: 3,
    updatedReplicas: 3,
    availableReplicas: 3,
    observedGeneration: 1,
  });
  expect(conditionsOf(body.status.conditions)).toEqual({
    Available: ["True", "MinimumReplicasAvailable"],
    Progressing: ["True", "NewReplicaSetAvailable"],
  });
  expect(body.metadata.annotations).toMatchObject({ "deployment.kubernetes.io/revision": "1" });
});

it("bad-release: the release crashes within a second while the old pods stay, and says why", async () => {
  const { clock, call, sandbox } = await start(INCIDENTS["bad-release"]);
  await clock.advance(1_500);
  sandbox.play("release");
  await clock.advance(1_000);
  const { body: pods } = await call("GET", PODS);
  const states = pods.items.map((pod) => pod.status.containerStatuses[0]);
  const crashing = states.filter((status) => status.ready === false);
  expect(states).toHaveLength(4);
  expect(crashing).toHaveLength(1);
  expect(crashing[0]).toMatchObject({
    state: { waiting: { reason: "CrashLoopBackOff" } },
    lastState: { terminated: { exitCode: 1, reason: "Error" } },
  });
  const name = pods.items.find((pod) => pod.status.containerStatuses[0].ready === false)!.metadata.name;
  expect((await call("GET", `${PODS}/${name}/log`)).text).toBe("fatal: DATABASE_URL is not set\n");
  expect((await call("GET", `${PODS}/${name}/log?previous=true`)).text).toBe("fatal: DATABASE_URL is not set\n");
});

it("bad-release: the rollout times out, and the old template brings the old ReplicaSet back as revision 3", async () => {
  const { clock, call, sandbox } = await start(INCIDENTS["bad-release"]);
  await clock.advance(1_500);
  const good = (await call("GET", DEPLOYMENT)).body.spec.template;
  sandbox.play("release");
  await clock.advance(4_000);
  const failed = (await call("GET", DEPLOYMENT)).body;
  expect(conditionsOf(failed.status.conditions)).toMatchObject({
    Available: ["True", "MinimumReplicasAvailable"],
    Progressing: ["False", "ProgressDeadlineExceeded"],
  });
  expect(failed.status).toMatchObject({ replicas: 4, updatedReplicas: 1, unavailableReplicas: 1, readyReplicas: 3 });

  // kubectl sends the null that Go writes for an absent time: it is no difference.
  const template = { ...good, metadata: { ...good?.metadata, creationTimestamp: null } };
  const patch = [{ op: "replace", path: "/spec/template", value: template }];
  await call("PATCH", DEPLOYMENT, { body: patch, type: "application/json-patch+json" });
  await clock.advance(1_500);
  const after = (await call("GET", DEPLOYMENT)).body;
  expect(after.status).toMatchObject({ replicas: 3, updatedReplicas: 3, readyReplicas: 3 });
  expect(after.metadata.annotations).toMatchObject({ "deployment.kubernetes.io/revision": "3" });
  const { body: sets } = await call("GET", "/apis/apps/v1/namespaces/shop/replicasets");
  expect(
    sets.items.map((set) => [set.spec.replicas, set.metadata.annotations!["deployment.kubernetes.io/revision"]]).sort(),
  ).toEqual([
    [0, "2"],
    [3, "3"],
  ]);
});

it("bad-release: events tell the story as a real cluster's do", async () => {
  const { clock, call, sandbox } = await start(INCIDENTS["bad-release"]);
  await clock.advance(1_500);
  sandbox.play("release");
  await clock.advance(2_000);
  const { body } = await call("GET", "/api/v1/namespaces/shop/events");
  const reasons = new Set(body.items.map((event) => `${event.involvedObject.kind} ${event.type} ${event.reason}`));
  expect([...reasons].sort()).toEqual([
    "Deployment Normal ScalingReplicaSet",
    "Pod Normal Created",
    "Pod Normal Pulled",
    "Pod Normal Scheduled",
    "Pod Normal Started",
    "Pod Warning BackOff",
    "ReplicaSet Normal SuccessfulCreate",
  ]);
  const backOff = body.items.find((event) => event.reason === "BackOff")!;
  expect(backOff.count).toBeGreaterThan(1);
});

it("healthy: all ready, with old restarts and logs that only sound bad", async () => {
  const { clock, call } = await start(INCIDENTS.healthy);
  await clock.advance(5_000);
  const { body: pods } = await call("GET", PODS);
  expect(pods.items.map((pod) => pod.status.containerStatuses[0])).toEqual(
    Array.from({ length: 3 }, () => expect.objectContaining({ ready: true, restartCount: 2 })),
  );
  const name = pods.items[0]!.metadata.name;
  const tail = (await call("GET", `${PODS}/${name}/log?tailLines=2&timestamps=true`)).text;
  expect(tail).toMatch(/^2026-11-24T08:00:0\d\.\d{9}Z .+\n2026-11-24T08:00:0\d\.\d{9}Z .+\n$/);
});

it("no-allowed-action: images cannot be pulled and there is one revision", async () => {
  const { clock, call } = await start(INCIDENTS["no-allowed-action"]);
  await clock.advance(1_000);
  const { body: pods } = await call("GET", PODS);
  expect(pods.items[0]!.status).toMatchObject({
    phase: "Pending",
    containerStatuses: [{ state: { waiting: { reason: "ImagePullBackOff" } }, restartCount: 0 }],
  });
  const log = await call("GET", `${PODS}/${pods.items[0]!.metadata.name}/log`);
  expect([log.code, log.body.message]).toEqual([400, expect.stringContaining("trying and failing to pull image")]);
  expect(conditionsOf((await call("GET", DEPLOYMENT)).body.status.conditions)).toMatchObject({
    Available: ["False", "MinimumReplicasUnavailable"],
  });
});

it("bad-release: the service's endpoints are the pods that are ready", async () => {
  const { clock, call, sandbox } = await start(INCIDENTS["bad-release"]);
  await clock.advance(1_500);
  sandbox.play("release");
  await clock.advance(2_000);
  const { body } = await call("GET", "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices");
  const ready = body.items.flatMap(({ endpoints }) => endpoints?.map(({ conditions }) => conditions.ready) ?? []);
  expect(ready.sort()).toEqual([false, true, true, true]);
});

it("refuses a step that the incident does not have, naming those it has", async () => {
  const { sandbox } = await start(INCIDENTS["bad-release"]);
  expect(() => sandbox.play("relase")).toThrow("no step relase; there are: release");
});

it("plays a timed step when its time has come", async () => {
  const [release] = INCIDENTS["bad-release"].steps;
  const timed = { ...INCIDENTS["bad-release"], steps: [{ name: "release", atMs: 3_000, apply: release?.apply ?? [] }] };
  const { clock, call } = await start(timed);
  await clock.advance(2_900);
  expect((await call("GET", DEPLOYMENT)).body.metadata.generation).toBe(1);
  await clock.advance(200);
  expect((await call("GET", DEPLOYMENT)).body.metadata.generation).toBe(2);
});
