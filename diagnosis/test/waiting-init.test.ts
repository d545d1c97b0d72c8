import { expect, test } from "vitest";
import { type Fields, minutesAgo } from "./builders.ts";
import { app, found, object, revised, service } from "./objects.ts";

/** An init container that has been running for ten minutes, before a container with this port. */
function waiting(init: Fields, containerPort: number, env: readonly Fields[] = []) {
  const running = { running: { startedAt: minutesAgo(10) } };
  const spec = {
    initContainers: [{ name: "migrate", image: "app:1", ...init }],
    containers: [{ name: "proxy", image: "proxy:1", ports: [{ containerPort }], env }],
  };
  return revised(app("web", { ready: false, spec }), "Pod", {
    status: {
      phase: "Pending",
      initContainerStatuses: [{ name: "migrate", ready: false, restartCount: 0, state: running }],
    },
  });
}

const asking = (port: number) => ({ command: ["sh", "-c", `until nc -z 127.0.0.1 ${port}; do sleep 1; done`] });
const log = (text: string) => [{ namespace: "shop", pod: "web-0", container: "migrate", previous: false, text }];

test.each([
  ["by its command", asking(9500), []],
  ["by what it says", {}, log("connecting to localhost:9500 failed")],
])("an init container asks a container that starts after it: %s", (_, init, logs) => {
  const [finding, ...others] = found(waiting(init, 9500), logs);
  expect(others).toEqual([]);
  expect(finding).toMatchObject({
    analyzer: "waiting-init",
    cause: expect.stringMatching(/it asks port 9500 of its own pod, where container proxy listens, which starts after/),
    fix: { kind: "decision", summary: expect.stringMatching(/^make container proxy a native sidecar/) },
  });
});

test.each([
  ["another port of its pod", asking(9501), []],
  ["another host", { command: ["nc", "-z", "db.example.org", "9500"] }, log("waiting for db.example.org:9500")],
])("an init container that asks %s is not said to wait for its pod", (_, init, logs) => {
  expect(found(waiting(init, 9500), logs)).toMatchObject([
    { analyzer: "waiting-init", cause: expect.not.stringContaining("of its own pod") },
  ]);
});

const failed = object("Job", "migrate", {
  spec: { backoffLimit: 0, template: { spec: { containers: [{ name: "main", image: "app:1" }] } } },
  status: {
    failed: 1,
    conditions: [{ type: "Failed", status: "True", reason: "BackoffLimitExceeded", lastTransitionTime: minutesAgo(9) }],
  },
});

test.each([
  ["is told to", { args: ["job", "migrate"] }, []],
  ["says so", {}, log("waiting for job.batch/migrate to complete")],
])("an init container that waits for a failed Job, and %s, is its symptom", (_, init, logs) => {
  const findings = found([...waiting(init, 9500), failed], logs);
  expect(findings).toMatchObject([{ analyzer: "failed-job", subject: { kind: "Job", name: "migrate" } }]);
  expect(findings[0]?.explains.map(({ subject }) => `${subject.kind}/${subject.name}`)).toContain("Deployment/web");
});

test("an init container that waits for another Job stands beside the failed one", () => {
  const findings = found([...waiting({ args: ["job", "migrate-users"] }, 9500), failed]);
  expect(findings.map(({ analyzer }) => analyzer).toSorted()).toEqual(["failed-job", "waiting-init"]);
});

test.each([
  ["its own Service", "waiting for web:80", true],
  ["a host whose name holds that of its own Service", "waiting for web-db.example.org:5432", false],
])("an init container that says it waits for %s", (_, line, itself) => {
  const objects = waiting({}, 8080, [{ name: "PUBLIC_URL", value: "http://web" }]);
  const own = expect.stringContaining("it asks Service/web, whose only pods are those of Deployment/web itself");
  const [finding] = found([...objects, service("web")], log(line));
  expect(finding?.cause).toEqual(itself ? own : expect.not.stringContaining("Service/web"));
});
