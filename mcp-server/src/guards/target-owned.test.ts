import { expect, test } from "vitest";
import { known, unreadable } from "../facts/facts.ts";
import { targetOwned } from "./target-owned.ts";
import { EVICT, facts, pod, ROLLBACK, scaleTo, workload } from "./test/facts.ts";

const owner = { apiVersion: "x/v1", kind: "Operator", name: "boss", uid: "b", controller: true };

test.each([
  ["a namesake", "STALE", workload({ uid: "other" })],
  ["an object that is being deleted", "TARGET_NOT_OURS", workload({ deletionTimestamp: "2026-01-01T00:00:00Z" })],
  ["a controlled object", "TARGET_NOT_OURS", workload({ ownerReferences: [owner] })],
  ["a paused rollout", "TARGET_NOT_OURS", workload({}, { paused: true })],
  ["what Argo CD manages", "TARGET_NOT_OURS", workload({ annotations: { "argocd.argoproj.io/tracking-id": "x" } })],
  ["what Flux manages", "TARGET_NOT_OURS", workload({ labels: { "kustomize.toolkit.fluxcd.io/name": "x" } })],
])("denies %s", (_what, code, live) => {
  expect(targetOwned(ROLLBACK, facts({ target: known(live) }))).toMatchObject({ code });
});

test("denies scaling what an autoscaler scales, and only scaling", () => {
  const autoscalers = known([
    { ...workload({ name: "auto" }), spec: { scaleTargetRef: { kind: "Deployment", name: "web" } } },
  ]);
  expect(targetOwned(scaleTo(5), facts({ autoscalers }))).toMatchObject({ code: "TARGET_NOT_OURS" });
  expect(targetOwned(ROLLBACK, facts({ autoscalers }))).toBeNull();
  expect(targetOwned(scaleTo(5), facts({ autoscalers: unreadable("down") }))).toMatchObject({
    code: "FACTS_UNAVAILABLE",
  });
});

test("evicts a pod only when something brings another", () => {
  const owned = pod("web-a", true);
  const { ownerReferences: _owners, ...bare } = owned.metadata;
  expect(targetOwned(EVICT, facts({ target: known(owned) }))).toBeNull();
  expect(targetOwned(EVICT, facts({ target: known({ ...owned, metadata: bare }) }))).toMatchObject({
    code: "TARGET_NOT_OURS",
  });
});

test("leaves a pod that its kubelet owns, and pods that nothing replaces after a change", () => {
  const node = { apiVersion: "v1", kind: "Node", name: "lab", uid: "n", controller: true };
  const mirror = pod("web-a", true);
  const owned = { ...mirror, metadata: { ...mirror.metadata, ownerReferences: [node] } };
  expect(targetOwned(EVICT, facts({ target: known(owned) }))).toMatchObject({ code: "TARGET_NOT_OURS" });
  const onDelete = known(workload({}, { updateStrategy: { type: "OnDelete" } }));
  expect(targetOwned(ROLLBACK, facts({ target: onDelete }))).toMatchObject({ code: "TARGET_NOT_OURS" });
  expect(targetOwned(scaleTo(5), facts({ target: onDelete }))).toBeNull();
});
