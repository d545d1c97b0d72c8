import { expect, test } from "vitest";
import type { ControllerEvent, Workload } from "../facts/workload.ts";
import type { Live } from "./plan.ts";
import { planFor } from "./planner.ts";
import { recordedReplicas } from "./recorded-replicas.ts";

const REVISION = "deployment.kubernetes.io/revision";
const DESIRED = "deployment.kubernetes.io/desired-replicas";
const base = { resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z", namespace: "shop" };

function stopped(kind: string): Workload {
  const metadata = { ...base, name: "web", uid: "web-uid", annotations: { [REVISION]: "2" } };
  return { apiVersion: "apps/v1", kind, metadata, spec: { replicas: 0, template: {} } };
}

function replicaSet(revision: number, desired: number): Workload {
  const owner = { apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "web-uid", controller: true };
  const annotations = { [REVISION]: String(revision), [DESIRED]: String(desired) };
  const metadata = { ...base, name: `web-${revision}`, uid: `rs-${revision}`, annotations, ownerReferences: [owner] };
  return { apiVersion: "apps/v1", kind: "ReplicaSet", metadata, spec: { template: {} } };
}

const event = (message: string, minute: number, change: Partial<ControllerEvent> = {}): ControllerEvent => ({
  apiVersion: "v1",
  kind: "Event",
  metadata: { ...base, name: `e-${minute}`, uid: `e-${minute}` },
  involvedObject: { uid: "web-uid" },
  lastTimestamp: `2026-01-01T00:${String(minute).padStart(2, "0")}:00Z`,
  message,
  ...change,
});

function live(kind: string, { replicaSets = [], events = [] }: Partial<Live> = {}): Live {
  return { target: stopped(kind), replicaSets, controllerRevisions: [], events };
}

test.each([
  ["Scaled down replica set web-2 from 3 to 0", 3],
  ["Scaled down replica set web-2 to 0 from 4", 4],
])("a Deployment's count is in its controller's event: %s", (message, count) => {
  const events = [event("Scaled up replica set web-2 from 0 to 9", 1), event(message, 2)];
  expect(recordedReplicas(live("Deployment", { replicaSets: [replicaSet(2, 0)], events }))).toMatchObject({ count });
});

test.each([
  ["an older ReplicaSet that a rollout took away", event("Scaled down replica set web-1 from 2 to 0", 2)],
  ["a step that did not reach zero", event("Scaled down replica set web-2 from 3 to 1", 2)],
  [
    "another Deployment",
    event("Scaled down replica set web-2 from 3 to 0", 2, { involvedObject: { uid: "namesake" } }),
  ],
])("an event of %s tells nothing", (_what, told) => {
  const replicaSets = [replicaSet(1, 0), replicaSet(2, 0)];
  expect(recordedReplicas(live("Deployment", { replicaSets, events: [told] }))).toBeUndefined();
});

test("without the event it is what the newest older ReplicaSet was to have", () => {
  const replicaSets = [replicaSet(1, 7), replicaSet(2, 5), replicaSet(3, 0)];
  expect(recordedReplicas(live("Deployment", { replicaSets }))).toEqual({
    count: 5,
    source: `annotation ${DESIRED} of ReplicaSet/web-2`,
  });
});

test("a StatefulSet's count is one more than the highest pod that went and did not come back", () => {
  const gone = (ordinal: number, minute: number) =>
    event(`delete Pod web-${ordinal} in StatefulSet web successful`, minute, { reason: "SuccessfulDelete" });
  const back = event("create Pod web-8 in StatefulSet web successful", 2, { reason: "SuccessfulCreate" });
  const events = [gone(9, 1), back, gone(2, 3), gone(1, 4), gone(0, 5)];
  expect(recordedReplicas(live("StatefulSet", { events }))).toMatchObject({ count: 3 });
  expect(recordedReplicas(live("StatefulSet", { events: [back] }))).toBeUndefined();
});

test("the way back from zero says where its count comes from, and has no inverse", () => {
  const events = [event("Scaled down replica set web-2 from 3 to 0", 2)];
  const target = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "web", uid: "web-uid" };
  const action = { type: "Scale", target, parameters: { replicas: 3 } } as const;
  const plan = planFor(action, live("Deployment", { replicaSets: [replicaSet(2, 0)], events }), "act-1");
  expect(plan).toMatchObject({
    diff: [
      "- spec.replicas: 0",
      "+ spec.replicas: 3",
      "3 is the last recorded count: event ScalingReplicaSet of its controller.",
    ],
  });
  expect(plan).not.toHaveProperty("inverse");
});
