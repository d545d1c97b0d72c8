import { describe, expect, test } from "vitest";
import { crashing, deployment, minutesAgo, pod, snapshot } from "../test/builders.ts";
import { health, indexSnapshot, type SnapshotObject } from "./index.ts";

const READY = {};
const starting = { state: { running: { startedAt: minutesAgo(0.1) } } };

function healthOf(objects: readonly SnapshotObject[]) {
  const [workload] = objects;
  if (workload === undefined) throw new Error("no workload");
  return health(indexSnapshot(snapshot(objects)), workload);
}

describe("health", () => {
  test.each([
    ["a complete rollout", deployment([{ pods: [READY, READY] }], { replicas: 2 }), 2],
    ["scaled to zero", deployment([{ pods: [] }], { replicas: 0 }), 0],
    ["a lone ready pod", [pod("lone")], 1],
    ["a pod that ended well", [pod("done", { phase: "Succeeded", ready: false })], 0],
  ])("%s is 0", (_, objects, ready) => {
    expect(healthOf(objects)).toMatchObject({ severity: 0, ready });
  });

  test("gets worse from complete over outdated and starting to crash-looping and missing", () => {
    const complete = healthOf(deployment([{ pods: [READY] }])).severity;
    const outdated = healthOf(deployment([{ pods: [READY] }, { pods: [] }])).severity;
    const rolling = healthOf(deployment([{ pods: [READY] }, { pods: [starting] }])).severity;
    const crashLoop = healthOf(deployment([{ pods: [READY] }, { pods: [crashing(1)] }])).severity;
    const outage = healthOf(deployment([{ pods: [crashing(1)] }])).severity;
    expect([complete, outdated, rolling, crashLoop, outage]).toEqual(
      [...[complete, outdated, rolling, crashLoop, outage]].sort((a, b) => a - b),
    );
    expect(complete).toBe(0);
    expect(outdated).toBeGreaterThan(0);
    expect(crashLoop).toBeGreaterThan(rolling);
    expect(outage).toBeGreaterThan(crashLoop);
  });

  test("a generation that is not observed yet is not complete", () => {
    const [workload, ...others] = deployment([{ pods: [READY] }]);
    if (workload === undefined) throw new Error("no workload");
    const edited = { ...workload, metadata: { ...workload.metadata, generation: 2 } };
    expect(healthOf([edited, ...others])).toMatchObject({
      severity: 1,
      message: "1 of 1 available: 1 generation not observed yet",
    });
  });
});
