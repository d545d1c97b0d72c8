import { describe, expect, test } from "vitest";
import type { SnapshotObject } from "../src/index.ts";
import { event, type Fields, minutesAgo } from "./builders.ts";
import { app, found, object } from "./objects.ts";

const LIMITED = { resources: { limits: { cpu: "100m" } }, readinessProbe: { exec: { command: ["check"] } } };

interface Parts {
  readonly cpu?: string;
  readonly at?: string;
  readonly event?: Fields;
  readonly container?: Fields;
  readonly ready?: boolean;
}

function busy({
  cpu = "99m",
  at = minutesAgo(0.5),
  event: fields = {},
  container = LIMITED,
  ready = false,
}: Parts = {}) {
  const metrics = object("PodMetrics", "web-0", {
    timestamp: at,
    containers: [{ name: "main", usage: { cpu, memory: "16Mi" } }],
  });
  const probe = {
    reason: "Unhealthy",
    message: 'Readiness probe failed: command timed out: "check" timed out after 1s',
    count: 4,
    lastTimestamp: minutesAgo(0.5),
    ...fields,
  };
  return [
    ...app("web", { container, ready }),
    { ...metrics, apiVersion: "metrics.k8s.io/v1beta1" },
    event({ kind: "Pod", name: "web-0" }, probe),
  ];
}

const throttled = (objects: readonly SnapshotObject[]) =>
  found(objects).filter(({ analyzer }) => analyzer === "throttled-cpu");

describe("CPU at its limit with probes that time out", () => {
  test("is the cause of what the probe does", () => {
    const [finding, ...others] = found(busy());
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      analyzer: "throttled-cpu",
      cause: expect.stringMatching(
        /^container main uses all the CPU that spec\.template\.spec\.containers\[main\]\.resources\.limits\.cpu 100m allows, and its readiness probe times out/,
      ),
      fix: { kind: "decision" },
    });
    expect(finding?.evidence.map(({ value }) => value)).toContain("99m");
    expect(finding?.explains).toContainEqual(expect.objectContaining({ symptom: "container main not ready" }));
  });

  test("is a warning while the pod is ready", () => {
    expect(throttled(busy({ ready: true }))).toMatchObject([{ severity: "warning" }]);
  });
});

describe("silent", () => {
  test.each([
    ["below the limit", busy({ cpu: "60m" })],
    ["no limit", busy({ container: { readinessProbe: {} } })],
    ["figures of long ago", busy({ at: minutesAgo(20) })],
    ["one time-out", busy({ event: { count: 1 } })],
    ["time-outs of long ago", busy({ event: { lastTimestamp: minutesAgo(20) } })],
    ["a probe that fails otherwise", busy({ event: { message: "Readiness probe failed: connection refused" } })],
    [
      "the probe of another container",
      busy({
        event: {
          involvedObject: { kind: "Pod", namespace: "shop", name: "web-0", fieldPath: "spec.containers{proxy}" },
        },
      }),
    ],
    ["busy at its limit, and well", busy({ event: { reason: "Pulled", message: "pulled" } })],
  ])("%s", (_, given) => {
    expect(throttled(given)).toEqual([]);
  });
});
