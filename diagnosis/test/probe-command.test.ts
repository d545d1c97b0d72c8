import { expect, test } from "vitest";
import { event, type Fields, minutesAgo } from "./builders.ts";
import { app, found } from "./objects.ts";

const errored = (probe: string, { container = "main", ...more }: Fields = {}) =>
  event(
    { kind: "Pod", name: "web-0" },
    {
      reason: "Unhealthy",
      message: `${probe} probe errored and resulted in unknown state: exec: "check": executable file not found in $PATH`,
      involvedObject: { kind: "Pod", name: "web-0", namespace: "shop", fieldPath: `spec.containers{${container}}` },
      ...more,
    },
  );
const checking = (probe: string, ready: boolean, command = "check") =>
  app("web", { ready, container: { [probe]: { exec: { command: [command, "-q"] } } } });

test("a liveness probe that cannot be run watches nothing", () => {
  const [finding, ...others] = found([...checking("livenessProbe", true), errored("Liveness")]);
  expect(others).toEqual([]);
  expect(finding).toMatchObject({
    analyzer: "probe-command",
    severity: "warning",
    subject: { kind: "Deployment", name: "web" },
    cause: expect.stringMatching(
      /^spec\.template\.spec\.containers\[main\]\.livenessProbe\.exec\.command asks for check, .* nothing watches/,
    ),
    fix: { kind: "decision", summary: expect.stringMatching(/^correct spec\..*, or use an image that has check$/) },
  });
});

test("a readiness probe that cannot be run is why its container is not ready", () => {
  const [finding, ...others] = found([...checking("readinessProbe", false), errored("Readiness")]);
  expect(others).toEqual([]);
  expect(finding).toMatchObject({
    analyzer: "probe-command",
    severity: "critical",
    cause: expect.stringMatching(/the container cannot get ready$/),
  });
  expect(finding?.explains).toContainEqual(expect.objectContaining({ symptom: "container main not ready" }));
});

test.each([
  ["a probe without such an event", checking("livenessProbe", true), []],
  ["a probe that was corrected", checking("livenessProbe", true, "true"), [errored("Liveness")]],
  ["an event of another container", checking("livenessProbe", true), [errored("Liveness", { container: "proxy" })]],
  ["an event of long ago", checking("livenessProbe", true), [errored("Liveness", { lastTimestamp: minutesAgo(40) })]],
  [
    "a check that ran and failed",
    checking("livenessProbe", true),
    [errored("Liveness", { message: "Liveness probe failed: check: not found" })],
  ],
])("silent: %s", (_, given, events) => {
  expect(found([...given, ...events])).toEqual([]);
});
