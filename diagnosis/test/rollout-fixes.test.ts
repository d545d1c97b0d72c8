import { describe, expect, test } from "vitest";
import { diagnose, type SnapshotObject } from "../src/index.ts";
import { crashing, deployment, ended, type Fields, minutesAgo, type PodParts, snapshot, waiting } from "./builders.ts";
import { app, lostReady, object, ownedBy, revised } from "./objects.ts";

const findingsOf = (objects: readonly SnapshotObject[]) => diagnose(snapshot(objects));

/** A Deployment of two pods whose update strategy is this. */
function updating(rollingUpdate: Fields, pods: readonly PodParts[], earlier: readonly PodParts[] = []) {
  const [owner, ...rest] = deployment([{ pods: earlier }, { pods }], { replicas: 2 });
  if (owner === undefined) throw new Error("no Deployment");
  const spec = { ...(owner["spec"] as Fields), strategy: { type: "RollingUpdate", rollingUpdate } };
  return [{ ...owner, spec }, ...rest];
}

const hanging = (minutes: number): PodParts => ({
  init: true,
  state: { running: { startedAt: minutesAgo(minutes) } },
  ready: false,
  phase: "Pending",
  createdAt: minutesAgo(minutes),
});

describe("an update that took every pod away", () => {
  const ALL = { maxUnavailable: "100%", maxSurge: 0 };

  test("names what the new pods wait for, and both changes that it takes", () => {
    const found = findingsOf(updating(ALL, [hanging(2), hanging(2)]));
    expect(found.find(({ analyzer }) => analyzer === "rollout-strategy")).toMatchObject({
      severity: "error",
      cause: expect.stringMatching(/maxUnavailable "100%" .*; they wait for init container web$/),
      fix: {
        kind: "decision",
        summary: expect.stringMatching(/^roll back to revision 1, or repair init container web; and set .* to 25%/),
      },
    });
  });

  test("is a warning while the new pods may only be starting", () => {
    const [found] = findingsOf(updating(ALL, [hanging(0.2), hanging(0.2)]));
    expect(found).toMatchObject({ analyzer: "rollout-strategy", severity: "warning" });
  });

  test.each([
    ["pods serve", updating(ALL, [{}, {}])],
    ["the strategy keeps some", updating({ maxUnavailable: "50%", maxSurge: 0 }, [hanging(0.2), hanging(0.2)])],
  ])("silent: %s", (_, given) => {
    expect(findingsOf(given).filter(({ analyzer }) => analyzer === "rollout-strategy")).toEqual([]);
  });
});

describe("a rollout that waits for a port of its own older pod", () => {
  const PORT = { ports: [{ containerPort: 80, hostPort: 8080 }] };
  const NO_PORT = "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.";
  const pending: PodParts = {
    ready: false,
    phase: "Pending",
    state: waiting("ContainerCreating"),
    conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: NO_PORT }],
  };

  function onNode(objects: readonly SnapshotObject[]): SnapshotObject[] {
    return objects.map((one) => {
      const scheduled = one.kind === "Pod" && one.metadata.name !== "web-r2-0";
      const ports = one.kind === "Pod" ? { containers: [{ name: "web", ...PORT }] } : {};
      const spec = { ...(one["spec"] as Fields), ...ports, ...(scheduled ? { nodeName: "node-1" } : {}) };
      return one.kind === "Pod" ? { ...one, spec } : one;
    });
  }

  test("is not rolled back, since every revision would wait: the update removes a pod first", () => {
    const given = onNode(updating({ maxSurge: "25%", maxUnavailable: "25%" }, [pending], [{}]));
    expect(findingsOf(given)).toMatchObject([
      {
        analyzer: "unschedulable",
        cause: expect.stringMatching(/hostPort 8080 .* is held by its own older pod web-r1-0/),
        fix: {
          kind: "patch",
          patch: [
            { path: "/spec/strategy/rollingUpdate/maxUnavailable", from: '"25%"', to: "1" },
            { path: "/spec/strategy/rollingUpdate/maxSurge", from: '"25%"', to: "0" },
          ],
        },
      },
    ]);
  });

  test("two pods of one revision are no update", () => {
    const given = onNode(updating({ maxSurge: "25%", maxUnavailable: "25%" }, [pending, {}]));
    expect(findingsOf(given)[0]?.cause).toMatch(/hostPort 8080 .* is held by pod shop\/web-r2-1/);
    expect(findingsOf(given)[0]?.fix).toMatchObject({
      kind: "decision",
      summary: expect.stringMatching(/^a node has a hostPort once: .*another hostPort does not help/),
    });
  });
});

describe("a StatefulSet whose pod is not ready", () => {
  const env = [{ name: "PASSWORD", valueFrom: { secretKeyRef: { name: "ledger-db", key: "password" } } }];
  const missing = { status: { state: waiting("CreateContainerConfigError", 'secret "ledger-db" not found') } };
  const secret = object("Secret", "ledgerdb", { data: { password: "" } });
  const withSecret = (spec: Fields) => {
    const objects = app("db", { kind: "StatefulSet", ready: false, container: { env }, ...missing });
    return [
      ...objects.map((one) => (one.kind === "Pod" ? one : { ...one, spec: { ...(one["spec"] as Fields), ...spec } })),
      secret,
    ];
  };

  test("is repaired by its template and the eviction of that pod, which a person decides together", () => {
    const [found] = findingsOf(withSecret({}));
    expect(found?.fix).toEqual({
      kind: "decision",
      summary: expect.stringMatching(
        /^read Secret ledgerdb instead of ledger-db \(\/spec\/template\/.*\/name: "ledger-db" → "ledgerdb"\), then evict pod db-0: its StatefulSet waits/,
      ),
    });
  });

  test("in parallel, is repaired by its template alone", () => {
    expect(findingsOf(withSecret({ podManagementPolicy: "Parallel" }))[0]?.fix?.kind).toBe("patch");
  });

  test("is evicted after whatever a person decides about its template", () => {
    const crashed = { ...crashing(1), restartCount: 5, lastState: ended(1) };
    const [found] = findingsOf(app("db", { kind: "StatefulSet", ready: false, status: crashed }));
    expect(found?.fix).toEqual({
      kind: "decision",
      summary: expect.stringMatching(/; a change of the template reaches pod db-0 only when it is evicted after it: /),
    });
  });

  test("that hangs is evicted, since a restart would wait for it", () => {
    const hung = revised(
      app("db", {
        kind: "StatefulSet",
        ready: false,
        container: { readinessProbe: { httpGet: { path: "/", port: 80 } } },
      }),
      "Pod",
      {
        status: lostReady(5),
      },
    );
    expect(findingsOf(hung)[0]?.fix).toMatchObject({
      kind: "action",
      action: { type: "Evict", target: { kind: "Pod", name: "db-0" } },
      summary: expect.stringMatching(/^evict pod db-0 \(a restart would wait for it\): its pods served before/),
    });
  });

  test("and whose revision is at fault is rolled back, and the summary says what comes after", () => {
    const owner = ownedBy("StatefulSet", "db");
    const revision = (number: number) =>
      object("ControllerRevision", `db-${number}`, {
        metadata: { ...owner, labels: { "controller-revision-hash": `db-${number}` } },
        revision: number,
        data: { spec: { template: { spec: { containers: [{ name: "main", image: `db:${number}` }] } } } },
      });
    const pod = (ordinal: number, status: Fields, ready: boolean) =>
      object("Pod", `db-${ordinal}`, {
        metadata: { ...owner, labels: { "controller-revision-hash": `db-${ordinal === 0 ? 1 : 2}` } },
        spec: { containers: [{ name: "main" }] },
        status: {
          phase: "Running",
          conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
          containerStatuses: [{ name: "main", ready, ...status }],
        },
      });
    const [set] = app("db", { kind: "StatefulSet", replicas: 2, pods: 0 });
    if (set === undefined) throw new Error("no StatefulSet");
    const crashed = { ...crashing(1), restartCount: 5, lastState: ended(1) };
    const given = [
      set,
      revision(1),
      revision(2),
      pod(0, { restartCount: 0, state: { running: {} } }, true),
      pod(1, crashed, false),
    ];
    expect(findingsOf(given)[0]?.fix).toMatchObject({
      kind: "action",
      action: { type: "Rollback" },
      summary: expect.stringMatching(/; then evict pod db-1: its StatefulSet waits/),
    });
  });
});
