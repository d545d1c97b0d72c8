import { describe, expect, it } from "vitest";
import { type ConditionSource, conditionHolds } from "./condition.ts";
import { podOf, workloadOf } from "./workload.ts";

const now = Date.parse("2026-01-01T01:00:00Z");
const before = (seconds: number) => new Date(now - seconds * 1000).toISOString();
const meta = { namespace: "shop", resourceVersion: "1", creationTimestamp: before(3_600) };
const kind = { apiVersion: "v1", kind: "x" };

function workload(conditions: readonly object[] = []) {
  const spec = { replicas: 2 };
  const metadata = { ...meta, name: "web", uid: "u-web" };
  return workloadOf({ ...kind, metadata, spec, status: { conditions } } as never, "Deployment");
}

function pod(containerStatus: object, ready = "False", extra: object = {}) {
  const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-abc", uid: "u-rs", controller: true };
  const metadata = { ...meta, name: "web-1", uid: "u-1", labels: { app: "web" }, ownerReferences: [owner], ...extra };
  const conditions = [{ type: "Ready", status: ready, reason: "ContainersNotReady", lastTransitionTime: before(120) }];
  const status = {
    phase: "Running",
    conditions,
    containerStatuses: [{ name: "c", restartCount: 3, ...containerStatus }],
  };
  return podOf({ ...kind, metadata, status });
}

const onTarget: ConditionSource = { of: "Target", type: "Available", status: "False" };
const crashLoop: ConditionSource = { of: "Pods", type: "Ready", status: "False", reasons: ["CrashLoopBackOff"] };
const failed = (seconds: number, exitCode = 1) => ({
  terminated: { reason: "Error", exitCode, finishedAt: before(seconds) },
});

describe("a condition on the target", () => {
  it("holds since its last transition", () => {
    const target = workload([{ type: "Available", status: "False", reason: "Min", lastTransitionTime: before(90) }]);
    expect(conditionHolds(onTarget, target, { pods: [], now })).toEqual({
      sinceMs: now - 90_000,
      heldMs: 90_000,
      reason: "Deployment web: Available=False (Min)",
    });
  });

  it.each([
    ["another status", [{ type: "Available", status: "True", lastTransitionTime: before(90) }]],
    ["no such condition", []],
  ])("does not hold with %s", (_, conditions) => {
    expect(conditionHolds(onTarget, workload(conditions), { pods: [], now })).toBeNull();
  });

  it("asks for one of the reasons when there are any", () => {
    const when: ConditionSource = { of: "Target", type: "Progressing", status: "False", reasons: ["Deadline"] };
    const target = (reason: string) => workload([{ type: "Progressing", status: "False", reason }]);
    expect(conditionHolds(when, target("Deadline"), { pods: [], now })).not.toBeNull();
    expect(conditionHolds(when, target("Other"), { pods: [], now })).toBeNull();
  });

  it("takes a time ahead of our clock for now", () => {
    const target = workload([{ type: "Available", status: "False", lastTransitionTime: before(-50) }]);
    expect(conditionHolds(onTarget, target, { pods: [], now })?.sinceMs).toBe(now);
  });
});

describe("CrashLoopBackOff on pods", () => {
  it.each([
    ["while it waits", { state: { waiting: { reason: "CrashLoopBackOff" } }, lastState: failed(60) }],
    ["while it runs for a moment", { state: { running: {} }, lastState: failed(3) }],
    ["just after it failed again", { state: failed(0), lastState: failed(20) }],
    ["at the first failure", { restartCount: 0, state: failed(1) }],
    ["after the first failure, before it is ready", { restartCount: 1, state: { running: {} }, lastState: failed(2) }],
    ["shortly before five minutes", { state: { running: {} }, lastState: failed(299) }],
  ])("holds %s", (_, status) => {
    expect(conditionHolds(crashLoop, workload(), { pods: [pod(status)], now })).toEqual({
      sinceMs: now - 120_000,
      heldMs: 120_000,
      reason: "Pod web-1: Ready=False (CrashLoopBackOff)",
    });
  });

  it.each([
    ["once the pod is ready", pod({ ready: true, state: { running: {} }, lastState: failed(3) }, "True")],
    ["for a container that is ready beside one that is not", pod({ ready: true, lastState: failed(3) })],
    ["five minutes after the last failure", pod({ state: { running: {} }, lastState: failed(301) })],
    ["when the last run ended well", pod({ state: { running: {} }, lastState: failed(3, 0) })],
    ["while it starts for the first time", pod({ restartCount: 0, state: { running: {} } })],
    ["when its only run ended well", pod({ restartCount: 0, state: failed(1, 0) })],
    ["five minutes after the only failure", pod({ restartCount: 0, state: failed(301) })],
    ["for a pod that is being deleted", pod({ lastState: failed(3) }, "False", { deletionTimestamp: before(1) })],
  ])("does not hold %s", (_, one) => {
    expect(conditionHolds(crashLoop, workload(), { pods: [one], now })).toBeNull();
  });

  it("sees an init container", () => {
    const waiting = { name: "init", state: { waiting: { reason: "CrashLoopBackOff" } } };
    const { metadata } = { metadata: { ...meta, name: "web-1", uid: "u" } };
    const conditions = [{ type: "Ready", status: "False", lastTransitionTime: before(10) }];
    const one = podOf({
      ...kind,
      metadata,
      status: { phase: "Pending", conditions, initContainerStatuses: [waiting] },
    });
    expect(conditionHolds(crashLoop, workload(), { pods: [one], now })).not.toBeNull();
  });
});

describe("a pod that failed for good", () => {
  const notReady: ConditionSource = { of: "Pods", type: "Ready", status: "False" };
  const evicted = (seconds: number) => {
    const one = pod({ state: failed(seconds, 137) });
    const conditions = one.conditions.map((found) => ({ ...found, lastTransitionTime: before(seconds) }));
    return { ...one, phase: "Failed", conditions };
  };

  it("counts for five minutes, and then its replacement speaks for the workload", () => {
    expect(conditionHolds(notReady, workload(), { pods: [evicted(299)], now })).not.toBeNull();
    expect(conditionHolds(notReady, workload(), { pods: [evicted(301)], now })).toBeNull();
    const running = pod({});
    expect(conditionHolds(notReady, workload(), { pods: [evicted(301), running], now })?.sinceMs).toBe(now - 120_000);
  });
});

describe("other reasons of containers", () => {
  it.each([
    ["OOMKilled", { state: { terminated: { reason: "OOMKilled", exitCode: 137 } } }],
    ["ImagePullBackOff", { state: { waiting: { reason: "ImagePullBackOff" } } }],
  ])("count: %s", (reason, status) => {
    const when: ConditionSource = { of: "Pods", type: "Ready", status: "False", reasons: [reason] };
    expect(conditionHolds(when, workload(), { pods: [pod(status)], now })?.reason).toContain(reason);
  });
});
