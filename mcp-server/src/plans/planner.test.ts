import { ACTION_ANNOTATION, type Action } from "@sre-agent/crds";
import { expect, test } from "vitest";
import type { PodTemplate, Workload } from "../facts/workload.ts";
import { diffFields } from "./diff-fields.ts";
import type { Live, Plan } from "./plan.ts";
import { hasLanded, markerOf, planFor } from "./planner.ts";
import { previousRevision } from "./rollback.ts";

const template = (image: string, labels: Record<string, string> = {}): PodTemplate => ({
  metadata: { labels: { app: "web", ...labels } },
  spec: { containers: [{ name: "web", image, env: [{ name: "TOKEN", value: `canary-${image}` }] }] },
});

const meta = (name: string, revision: number) => ({
  name,
  namespace: "shop",
  uid: `${name}-uid`,
  resourceVersion: "1",
  creationTimestamp: "2026-01-01T00:00:00Z",
  annotations: { "deployment.kubernetes.io/revision": String(revision) },
});

function replicaSet(revision: number, image: string, owner = "web-uid"): Workload {
  const name = `web-${revision}`;
  const ownerReferences = [{ apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: owner, controller: true }];
  const spec = { template: template(image, { "pod-template-hash": name }) };
  return { apiVersion: "apps/v1", kind: "ReplicaSet", metadata: { ...meta(name, revision), ownerReferences }, spec };
}

function live(image = "web:4", revision = 4): Live {
  const target: Workload = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: meta("web", revision),
    spec: { replicas: 3, template: template(image) },
  };
  const replicaSets = [
    replicaSet(4, "web:4"),
    replicaSet(1, "web:1"),
    replicaSet(3, "web:3"),
    replicaSet(2, "web:2", "other-uid"),
  ];
  return { target, replicaSets, controllerRevisions: [], events: [] };
}

const target = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "web", uid: "web-uid" };
const rollbackTo = (toRevision: number): Action => ({ type: "Rollback", target, parameters: { toRevision } });

function planned(action: Action, objects = live()): Plan {
  const plan = planFor(action, objects, "act-1");
  if ("code" in plan) throw new Error(plan.message);
  return plan;
}

test("a rollback replaces the template under tests, marks it in the same patch, and knows its way back", () => {
  const plan = planned(rollbackTo(1));
  expect(plan.effect).toEqual({
    kind: "patch",
    declares: ["/spec/template", "/metadata/annotations/sre-agent.dev~1action"],
    patch: [
      { op: "test", path: "/metadata/uid", value: "web-uid" },
      { op: "test", path: "/spec/template", value: template("web:4") },
      { op: "replace", path: "/spec/template", value: template("web:1") },
      { op: "add", path: "/metadata/annotations/sre-agent.dev~1action", value: "act-1" },
    ],
  });
  expect(plan.inverse).toEqual(rollbackTo(4));
  expect(plan.premise).toMatchObject({ uid: "web-uid", revision: "4", replicaSet: "web-1-uid" });
  expect(plan.diff).toEqual(
    expect.arrayContaining([
      "- spec.template.spec.containers[web].image: web:4",
      "+ spec.template.spec.containers[web].image: web:1",
    ]),
  );
});

test("nothing that goes into the ledger holds the value of a variable", () => {
  const { effect: _effect, ...recorded } = planned(rollbackTo(1));
  expect(JSON.stringify(recorded)).not.toContain("canary");
});

test.each([
  ["a revision nobody recorded", 7],
  ["another Deployment's revision", 2],
  ["the revision that runs", 4],
])("refuses a rollback to %s", (_what, revision) => {
  expect(planFor(rollbackTo(revision), live(), "act-1")).toMatchObject({ code: "NO_PREVIOUS_REVISION" });
});

test("the previous revision is the newest earlier one of its own that differs", () => {
  expect(previousRevision(live())).toBe(3);
  expect(previousRevision(live("web:3", 4))).toBe(1);
  expect(previousRevision({ ...live(), replicaSets: [replicaSet(4, "web:4")] })).toMatchObject({
    code: "NO_PREVIOUS_REVISION",
  });
});

test("a restart sets the recorded time and has nothing to undo", () => {
  const restartedAt = "2026-01-01T00:00:00Z";
  const plan = planned({ type: "Restart", target, parameters: { restartedAt } });
  expect(plan.inverse).toBeUndefined();
  expect(JSON.stringify(plan.effect)).toContain(`"kubectl.kubernetes.io/restartedAt":"${restartedAt}"`);
});

test("a scale changes the count alone and goes back to what was", () => {
  const scaleTo = (replicas: number): Action => ({ type: "Scale", target, parameters: { replicas } });
  const plan = planned(scaleTo(5));
  expect(plan).toMatchObject({
    inverse: scaleTo(3),
    diff: ["- spec.replicas: 3", "+ spec.replicas: 5"],
    premise: { replicas: "3" },
  });
  expect(planFor(scaleTo(3), live(), "act-1")).toMatchObject({ code: "STALE" });
});

test("whether a write landed is told by our mark, never by the lack of an error", () => {
  const action = rollbackTo(1);
  const { target: unmarked } = live();
  const marked = (by: string) => ({
    ...unmarked,
    metadata: { ...unmarked.metadata, annotations: { [ACTION_ANNOTATION]: by } },
  });
  expect(hasLanded(action, unmarked, "act-1")).toBe("no");
  expect(hasLanded(action, marked("act-1"), "act-1")).toBe("yes");
  expect(hasLanded(action, marked(markerOf("act-1", "inverse")), "act-1")).toBe("no");
  expect(hasLanded(action, undefined, "act-1")).toBe("unknown");
});

test("an eviction landed when that very pod is gone or going", () => {
  const evict: Action = {
    type: "Evict",
    target: { ...target, kind: "Pod", apiVersion: "v1", uid: "web-uid" },
    parameters: {},
  };
  const { target: pod } = live();
  expect(hasLanded(evict, pod, "")).toBe("no");
  expect(hasLanded(evict, undefined, "")).toBe("yes");
  expect(hasLanded(evict, { ...pod, metadata: { ...pod.metadata, uid: "successor" } }, "")).toBe("yes");
  expect(hasLanded(evict, { ...pod, metadata: { ...pod.metadata, deletionTimestamp: "now" } }, "")).toBe("yes");
});

test("fields are compared as the API server sees them", () => {
  expect(diffFields({ a: null, b: {} }, {})).toEqual([]);
  expect(diffFields({}, { annotations: { mark: "1" } })).toEqual([
    { pointer: "/annotations/mark", before: undefined, after: "1" },
  ]);
  expect(diffFields({ "x/y": [1, 2] }, { "x/y": [1, 3] })).toEqual([{ pointer: "/x~1y/1", before: 2, after: 3 }]);
});
