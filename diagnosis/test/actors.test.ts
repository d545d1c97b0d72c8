import { describe, expect, test } from "vitest";
import type { SnapshotObject } from "../src/index.ts";
import { deployment, type Fields, minutesAgo, waiting } from "./builders.ts";
import { found, object, ownedBy } from "./objects.ts";

const limited = (memory: string) => ({ resources: { limits: { memory } } });
const killed = {
  state: waiting("CrashLoopBackOff"),
  lastState: { terminated: { exitCode: 137, reason: "OOMKilled", finishedAt: minutesAgo(1) } },
  restarts: 3,
};

/** A Deployment whose second revision `manager` wrote four minutes ago. */
function written(manager: string, { pods = [killed], history = [] }: Parts = {}): SnapshotObject[] {
  const [owner, ...rest] = deployment([
    { container: limited("96Mi"), pods: [] },
    { container: limited("16Mi"), pods, createdAt: minutesAgo(4) },
  ]);
  if (owner === undefined) throw new Error("no Deployment");
  const managedFields = [{ manager, time: minutesAgo(4), fieldsV1: { "f:spec": { "f:template": {} } } }];
  const records = rest.map((one, index) => {
    const earlier = history[index];
    const annotations = { ...one.metadata.annotations, "deployment.kubernetes.io/revision-history": earlier ?? "" };
    return earlier === undefined ? one : { ...one, metadata: { ...one.metadata, annotations } };
  });
  return [{ ...owner, metadata: { ...owner.metadata, managedFields } }, ...records];
}

interface Parts {
  readonly pods?: readonly object[];
  /** `revision-history` of the first and the second record. */
  readonly history?: readonly string[];
}

const PATCH = 'kubectl -n shop patch deployment/web -p "{}"';
const REQUEST = "curl -X PATCH -d '{}' https://kubernetes.default.svc/apis/apps/v1/namespaces/shop/deployments/web";

interface Acting {
  readonly script?: string;
  readonly spec?: Fields;
  readonly pod?: Fields;
  readonly verbs?: readonly string[];
  readonly ran?: readonly [number, number];
}

function acting({ script = PATCH, spec = {}, pod = {}, verbs = ["patch"], ran = [4.1, 3.9] }: Acting = {}) {
  const containers = [{ name: "task", command: ["sh", "-c", script] }];
  const template = { spec: { serviceAccountName: "bot", containers, ...pod } };
  const owner = ownedBy("CronJob", "nightly");
  return [
    {
      ...object("CronJob", "nightly", {
        spec: { schedule: "* * * * *", jobTemplate: { spec: { template } }, ...spec },
      }),
      apiVersion: "batch/v1",
    },
    {
      ...object("Job", "nightly-1", {
        metadata: owner,
        status: {
          startTime: minutesAgo(ran[0]),
          completionTime: minutesAgo(ran[1]),
          conditions: [{ type: "Complete", status: "True" }],
        },
      }),
      apiVersion: "batch/v1",
    },
    object("Role", "bot", { rules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs }] }),
    object("RoleBinding", "bot", {
      roleRef: { kind: "Role", name: "bot" },
      subjects: [{ kind: "ServiceAccount", name: "bot" }],
    }),
  ];
}

const sourceOf = (objects: readonly SnapshotObject[]) =>
  found(objects)
    .filter(({ severity }) => severity !== "info")
    .map(({ analyzer, subject }) => `${analyzer} ${subject.name}`);

describe("a CronJob that changes a workload", () => {
  test("is the cause of what is wrong there since", () => {
    const [finding, ...others] = found([...written("kubectl-patch"), ...acting()]);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      analyzer: "acting-cron-job",
      severity: "critical",
      subject: { kind: "CronJob", name: "nightly" },
      cause: expect.stringMatching(
        /^CronJob nightly changes Deployment\/web, .* container task is told to patch it, .* \(revision 2 changed .*memory from 96Mi to 16Mi\)/,
      ),
      fix: {
        kind: "decision",
        summary: expect.stringMatching(/^suspend CronJob nightly .* roll back Deployment\/web to revision 1$/),
      },
    });
    expect(finding?.explains.map(({ subject }) => subject.name)).toContain("web");
  });

  test("is the cause also between two crashes", () => {
    const again = { lastState: killed.lastState, restarts: 1, ready: true };
    expect(sourceOf([...written("kubectl-patch", { pods: [again] }), ...acting()])).toEqual([
      "acting-cron-job nightly",
    ]);
  });

  test.each([
    ["by a request of its own", [...written("curl"), ...acting({ script: REQUEST })]],
    [
      "by a script in a ConfigMap",
      [
        ...written("kubectl-patch"),
        ...acting({ script: "/scripts/run.sh", pod: { volumes: [{ name: "s", configMap: { name: "scripts" } }] } }),
        object("ConfigMap", "scripts", { data: { "run.sh": `#!/bin/sh\n${PATCH}\n` } }),
      ],
    ],
  ])("%s", (_, given) => {
    expect(sourceOf(given)).toEqual(["acting-cron-job nightly"]);
  });

  test.each([
    ["that is suspended", [...written("curl"), ...acting({ spec: { suspend: true } })]],
    ["that only reads", [...written("curl"), ...acting({ script: "kubectl get deployment/web" })]],
    ["that names another one", [...written("curl"), ...acting({ script: "kubectl patch deployment/other -p x" })]],
    ["that has no right to", [...written("curl"), ...acting({ verbs: ["get"] })]],
    ["that did not run when it was written", [...written("curl"), ...acting({ ran: [2, 1.9] })]],
  ])("is not the cause: %s", (_, given) => {
    expect(sourceOf(given)).toEqual(["oom-kill web"]);
  });

  test("is no fault while the workload is well", () => {
    expect(sourceOf([...written("kubectl-patch", { pods: [{}] }), ...acting()])).toEqual([]);
  });
});

describe("a template that goes back and forth", () => {
  const again = { history: ["1,3", "2"] };

  test("names the program that wrote last, and explains what is wrong since", () => {
    const [finding, ...others] = found(written("argocd-controller", again));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      analyzer: "reverted-template",
      severity: "critical",
      cause: expect.stringMatching(
        /goes back and forth, and manager argocd-controller wrote it last: revision 2 changed/,
      ),
      fix: { kind: "decision" },
    });
    expect(finding?.explains.length).toBeGreaterThan(0);
  });

  test.each([
    ["one return is a rollback", written("argocd-controller", { history: ["1"], pods: [{}] })],
    ["a person tries this and that", written("kubectl-edit", { ...again, pods: [{}] })],
    ["no return", written("argocd-controller", { pods: [{}] })],
  ])("silent: %s", (_, given) => {
    expect(sourceOf(given)).toEqual([]);
  });
});
