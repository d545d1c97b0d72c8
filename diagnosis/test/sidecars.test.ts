import { expect, test } from "vitest";
import { ended, event, type Fields, minutesAgo, waiting } from "./builders.ts";
import { app, found, listens, revised, service } from "./objects.ts";

/** Init containers that run on beside the others have probes and restarts as those have. */
const proxy = {
  name: "proxy",
  image: "proxy:1",
  restartPolicy: "Always",
  ports: [{ containerPort: 15020 }],
  startupProbe: { httpGet: { path: "/", port: 15021 }, periodSeconds: 3, failureThreshold: 200 },
};
const starting = (minutes: number): Fields => ({
  ...{ name: "proxy", ready: false, started: false, restartCount: 0 },
  state: { running: { startedAt: minutesAgo(minutes) } },
});
const rides = (fields: Fields, initContainerStatus: Fields) => [
  service("rides"),
  ...revised(
    app("rides", { ready: false, container: listens(8080), spec: { initContainers: [{ ...proxy, ...fields }] } }),
    "Pod",
    {
      metadata: { creationTimestamp: minutesAgo(4) },
      status: {
        phase: "Pending",
        conditions: [{ type: "Ready", status: "False" }],
        initContainerStatuses: [{ name: "proxy", ready: false, restartCount: 0, ...initContainerStatus }],
        containerStatuses: [{ name: "main", ready: false, restartCount: 0, state: waiting("PodInitializing") }],
      },
    },
  ),
];
const refused = (port: number) =>
  event(
    { kind: "Pod", name: "rides-0" },
    {
      reason: "Unhealthy",
      message: `Startup probe failed: Get "http://10.0.0.1:${port}/": dial tcp 10.0.0.1:${port}: connect: connection refused`,
    },
  );

test("a startup probe that asks a port which the sidecar does not have", () => {
  const [finding, ...others] = found([...rides({}, starting(4)), refused(15021)]);
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ analyzer: "not-ready", severity: "critical", subject: { kind: "Deployment" } });
  expect(finding?.cause).toMatch(
    /^container proxy runs but has not started: Startup probe failed: .*; port 15021 is not a port of the container \(15020\)$/,
  );
  expect(finding?.fix).toMatchObject({
    patch: [{ path: "/spec/template/spec/initContainers/0/startupProbe/httpGet/port", from: "15021", to: "15020" }],
  });
  expect(finding?.explains).toContainEqual({
    subject: expect.objectContaining({ kind: "Service", name: "rides" }),
    symptom: "has no ready endpoint",
  });
});

const right = { startupProbe: { ...proxy.startupProbe, httpGet: { path: "/", port: 15020 } } };

test("silent about a sidecar that takes the time which its startup probe gives it", () => {
  const findings = found([...rides(right, starting(4)), refused(15020)]);
  expect(findings.filter(({ analyzer }) => analyzer === "not-ready")).toEqual([]);
});

test("silent about a sidecar that is stopped when a Job's work is done", () => {
  const objects = revised(app("load", { kind: "Job", spec: { initContainers: [proxy] } }), "Pod", {
    status: {
      phase: "Running",
      initContainerStatuses: [{ name: "proxy", ready: false, restartCount: 0, state: ended(143) }],
      containerStatuses: [{ name: "main", ready: false, restartCount: 0, state: ended(0) }],
    },
  });
  expect(found(objects)).toEqual([]);
});

test.each([
  ["a sidecar", "Always", 1],
  ["an init container that has done its work", undefined, 0],
])("exit 0 of %s", (_, restartPolicy, count) => {
  const findings = found(rides({ restartPolicy }, { restartCount: 1, state: ended(0) }));
  expect(findings.filter(({ analyzer }) => analyzer === "crash-loop")).toHaveLength(count);
});
