import { findingSchema } from "@sre-agent/crds";
import { describe, expect, test } from "vitest";
import type { PodLog, SnapshotObject } from "../src/index.ts";
import { ended, event, type Fields, minutesAgo, waiting } from "./builders.ts";
import { app, editedBy, found, object, revised, said } from "./objects.ts";

const owned = (kind: string, name: string) => ({
  ownerReferences: [{ kind, name, uid: `uid-${kind}-${name}`, controller: true }],
});
const running = (minutes = 5) => ({ running: { startedAt: minutesAgo(minutes) } });
const failedJob = (reason: string) => ({
  conditions: [
    { type: "Failed", status: "True", reason, message: "Job has failed", lastTransitionTime: minutesAgo(2) },
  ],
});

function job(name: string, status: Fields = {}, owner: Fields = {}): SnapshotObject {
  const job = object("Job", name, {
    metadata: owner,
    spec: { parallelism: 1, template: { spec: { containers: [{ name: "main" }] } } },
    status,
  });
  return { ...job, apiVersion: "batch/v1" };
}

function podOf(owner: readonly [string, string], statuses: readonly Fields[], status: Fields = {}): SnapshotObject {
  return object("Pod", `${owner[1]}-0`, {
    metadata: owned(...owner),
    spec: { restartPolicy: "Never", containers: statuses.map(({ name }) => ({ name })) },
    status: {
      phase: "Running",
      containerStatuses: statuses.map((one) => ({ ready: false, restartCount: 0, ...one })),
      ...status,
    },
  });
}

const cron = (spec: Fields, status: Fields = {}) => ({
  ...object("CronJob", "nightly", { spec: { schedule: "* * * * *", ...spec }, status }),
  apiVersion: "batch/v1",
});

const revision = (number: number, image: string) =>
  object("ControllerRevision", `db-${number}`, {
    metadata: {
      ...owned("StatefulSet", "db"),
      creationTimestamp: minutesAgo(60 - number * 20),
      labels: { "controller-revision-hash": `db-${number}` },
    },
    revision: number,
    data: { spec: { template: { spec: { containers: [{ name: "main", image }] } } } },
  });
const ofRevision = (ordinal: number, number: number, state: Fields) =>
  object("Pod", `db-${ordinal}`, {
    metadata: { ...owned("StatefulSet", "db"), labels: { "controller-revision-hash": `db-${number}` } },
    spec: { containers: [{ name: "main", image: "db:2" }] },
    status: {
      phase: "Running",
      conditions: [{ type: "Ready", status: state["running"] ? "True" : "False" }],
      containerStatuses: [
        {
          name: "main",
          ready: state["running"] !== undefined,
          ...(state["running"] ? { restartCount: 0, state } : { restartCount: 4, state, lastState: ended(1) }),
        },
      ],
    },
  });
const set = (spec: Fields, status: Fields = {}) =>
  object("StatefulSet", "db", {
    metadata: { generation: 1 },
    spec: { replicas: 2, ...spec },
    status: { observedGeneration: 1, replicas: 2, ...status },
  });

interface Case {
  readonly name: string;
  readonly given: readonly SnapshotObject[];
  readonly logs?: readonly PodLog[];
  readonly subject: string;
  readonly cause: RegExp;
  readonly fix?: object;
}

const WORKLOADS: readonly Case[] = [
  {
    name: "a Job that gave up, with what it said",
    given: [
      job("import", failedJob("BackoffLimitExceeded")),
      podOf(["Job", "import"], [{ name: "main", state: ended(2) }], { phase: "Failed" }),
    ],
    logs: [said("import-0", "reading\nerror: unknown flag --fulll")],
    subject: "Job/import",
    cause:
      /^Job import gave up after its last retry \(spec\.backoffLimit\): container main exits 2 with "error: unknown flag --fulll"$/,
  },
  {
    name: "a plain sidecar that keeps a CronJob's Job from ending",
    given: [
      cron({}, { active: [{ name: "nightly-1" }] }),
      job("nightly-1", {}, owned("CronJob", "nightly")),
      podOf(
        ["Job", "nightly-1"],
        [
          { name: "main", state: ended(0) },
          { name: "shipper", state: running() },
        ],
      ),
    ],
    subject: "CronJob/nightly",
    cause:
      /^container shipper \(spec\.jobTemplate\.spec\.template\.spec\.containers\[shipper\]\) keeps running after container main has completed, so that Job nightly-1 never ends/,
  },
  {
    name: "a CronJob held up by a Job that never ends",
    given: [
      cron({ concurrencyPolicy: "Forbid" }, { active: [{ name: "nightly-1" }] }),
      job("nightly-1", {}, owned("CronJob", "nightly")),
      event({ kind: "CronJob", name: "nightly" }, { reason: "JobAlreadyActive", message: "Not starting job" }),
    ],
    subject: "CronJob/nightly",
    cause:
      /skips its runs: Job nightly-1 has been active for 60 min and spec\.concurrencyPolicy is Forbid, and no activeDeadlineSeconds ends it$/,
  },
  {
    name: "a time zone that cannot be read",
    given: [
      cron({ timeZone: "Mars/Olympus" }),
      event({ kind: "CronJob", name: "nightly" }, { reason: "UnknownTimeZone", message: "unknown time zone" }),
    ],
    subject: "CronJob/nightly",
    cause: /spec\.timeZone "Mars\/Olympus" cannot be read$/,
  },
  {
    name: "an update that a partition holds back",
    given: [
      set(
        { updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 2 } } },
        { currentRevision: "db-1", updateRevision: "db-2", availableReplicas: 2, updatedReplicas: 0 },
      ),
      ofRevision(0, 1, running()),
    ],
    subject: "StatefulSet/db",
    cause: /spec\.updateStrategy\.rollingUpdate\.partition 2 keeps 1 of 1 pods at revision db-1$/,
  },
  {
    name: "a bad revision of a StatefulSet is rolled back to the one that still serves",
    given: [
      set({}, { currentRevision: "db-1", updateRevision: "db-2", availableReplicas: 1, updatedReplicas: 1 }),
      revision(1, "db:1"),
      revision(2, "db:2"),
      ofRevision(0, 1, running()),
      ofRevision(1, 2, waiting("CrashLoopBackOff")),
    ],
    subject: "StatefulSet/db",
    cause:
      /^container main exits 1 right after start; revision 2 changed spec\.template\.spec\.containers\[main\]\.image from db:1 to db:2$/,
    fix: { kind: "action", action: { type: "Rollback", parameters: { toRevision: 1 } } },
  },
];

const crashing = (exitCode: number, container: Fields = {}) =>
  app("web", {
    ready: false,
    container,
    status: { state: waiting("CrashLoopBackOff"), lastState: ended(exitCode), restartCount: 5 },
  });
const probe = (port: number) => ({ httpGet: { path: "/", port } });

const PODS: readonly Case[] = [
  {
    name: "a read-only root",
    given: crashing(1, { securityContext: { readOnlyRootFilesystem: true } }),
    logs: [said("web-0", "open /var/cache/x: Read-only file system")],
    subject: "Deployment/web",
    cause:
      /Read-only file system"; spec\.template\.spec\.containers\[main\]\.securityContext\.readOnlyRootFilesystem is true$/,
  },
  {
    name: "a port that a sidecar has",
    given: app("web", {
      ready: false,
      spec: {
        containers: [
          { name: "main", ports: [{ containerPort: 8080 }] },
          { name: "proxy", ports: [{ containerPort: 8080 }] },
        ],
      },
      status: { state: waiting("CrashLoopBackOff"), lastState: ended(1), restartCount: 5 },
    }),
    logs: [said("web-0", "listen tcp :8080: bind: address already in use")],
    subject: "Deployment/web",
    cause: /container proxy of the same pod has port 8080/,
  },
  {
    name: "a command that the image does not have",
    given: crashing(127, { command: ["sh", "-c", "srve"] }),
    logs: [said("web-0", "sh: 1: srve: not found")],
    subject: "Deployment/web",
    cause: /containers\[main\]\.command asks for "srve", which the image does not have$/,
  },
  {
    name: "an image for another architecture",
    given: [...crashing(1), object("Node", "node-1", { status: { nodeInfo: { architecture: "arm64" } } })],
    logs: [said("web-0", "exec /app: exec format error")],
    subject: "Deployment/web",
    cause: /image app:1 is not built for the node's architecture \(arm64\)$/,
  },
  {
    name: "a readiness probe of a port that the container does not have",
    given: [
      ...app("web", { ready: false, container: { ports: [{ containerPort: 8080 }], readinessProbe: probe(9090) } }),
      event(
        { kind: "Pod", name: "web-0" },
        { reason: "Unhealthy", message: "Readiness probe failed: connection refused" },
      ),
    ],
    subject: "Deployment/web",
    cause: /port 9090 is not a port of the container \(8080\)$/,
    fix: {
      kind: "patch",
      patch: [{ path: "/spec/template/spec/containers/0/readinessProbe/httpGet/port", from: "9090", to: "8080" }],
    },
  },
  {
    name: "a gate that nobody fulfils",
    given: revised(
      app("web", { ready: false, spec: { readinessGates: [{ conditionType: "example.com/lb" }] } }),
      "Pod",
      {
        status: {
          phase: "Running",
          conditions: [
            { type: "Ready", status: "False", reason: "ReadinessGatesNotReady" },
            { type: "ContainersReady", status: "True", lastTransitionTime: minutesAgo(5) },
          ],
        },
      },
    ),
    subject: "Deployment/web",
    cause: /readiness gate example\.com\/lb .* is not fulfilled: condition example\.com\/lb is never set$/,
  },
  {
    name: "an init container that waits",
    given: revised(
      app("web", {
        ready: false,
        spec: { initContainers: [{ name: "wait" }], containers: [{ name: "main" }] },
      }),
      "Pod",
      {
        status: {
          phase: "Pending",
          initContainerStatuses: [{ name: "wait", ready: false, restartCount: 0, state: running(10) }],
          containerStatuses: [{ name: "main", ready: false, restartCount: 0, state: waiting("PodInitializing") }],
        },
      },
    ),
    logs: [{ namespace: "shop", pod: "web-0", container: "wait", previous: false, text: "waiting for the queue" }],
    subject: "Deployment/web",
    cause:
      /^init container wait has been running for 10 min, and the pod waits for it; it says "waiting for the queue"$/,
  },
  {
    name: "a volume that two containers mount at two paths",
    given: app("web", {
      ready: false,
      spec: {
        volumes: [{ name: "conf", emptyDir: {} }],
        containers: [
          { name: "main", volumeMounts: [{ name: "conf", mountPath: "/etc/app" }] },
          { name: "writer", volumeMounts: [{ name: "conf", mountPath: "/out" }] },
        ],
      },
    }),
    logs: [said("web-0", "cannot open /srv/conf/app.yaml: no such file")],
    subject: "Deployment/web",
    cause:
      /container main looks for \/srv\/conf\/app\.yaml, but volume conf, .* \(main at \/etc\/app, writer at \/out;/,
  },
  {
    name: "a file that the other container writes beside the volume",
    given: app("web", {
      ready: false,
      spec: {
        volumes: [{ name: "conf", emptyDir: {} }],
        containers: [
          { name: "main", volumeMounts: [{ name: "conf", mountPath: "/etc/app" }] },
          { name: "writer", args: ["--out=/var/gen/app.yaml"], volumeMounts: [{ name: "conf", mountPath: "/out" }] },
        ],
      },
    }),
    logs: [said("web-0", "fatal: /etc/app/app.yaml does not exist")],
    subject: "Deployment/web",
    cause:
      /container main looks for \/etc\/app\/app\.yaml, but container writer has it at \/var\/gen\/app\.yaml, which is not below its mount of volume conf/,
  },
  {
    name: "memory that files in a tmpfs take",
    given: app("web", {
      ready: false,
      spec: {
        volumes: [{ name: "shm", emptyDir: { medium: "Memory" } }],
        containers: [
          {
            name: "main",
            resources: { limits: { memory: "64Mi" } },
            volumeMounts: [{ name: "shm", mountPath: "/dev/shm" }],
          },
        ],
      },
      status: { state: waiting("CrashLoopBackOff"), lastState: ended(137, { reason: "OOMKilled" }), restartCount: 5 },
    }),
    subject: "Deployment/web",
    cause:
      /limit of 64Mi, against which the files in \/dev\/shm \(emptyDir shm with medium Memory and no sizeLimit\) count as well, including those left by earlier runs$/,
  },
  {
    name: "configuration that was written after the start",
    given: [
      ...app("web", {
        container: { env: [{ name: "MODE", valueFrom: { configMapKeyRef: { name: "settings", key: "mode" } } }] },
      }),
      object("ConfigMap", "settings", { metadata: editedBy("kubectl-edit", "data", "mode"), data: { mode: "b" } }),
    ],
    subject: "Deployment/web",
    cause: /^Deployment web runs with an old ConfigMap settings: .* it is read as env, once, at the start$/,
    fix: { kind: "action", action: { type: "Restart" } },
  },
];

describe.each([
  ["workloads", WORKLOADS],
  ["pods", PODS],
] as const)("%s", (_, cases) => {
  test.each(cases)("$name", ({ given, logs = [], subject, cause, fix = {} }) => {
    const findings = found(given, logs);
    expect(findings.map((one) => `${one.subject.kind}/${one.subject.name}`)).toEqual([subject]);
    expect(findings[0]?.cause).toMatch(cause);
    expect(findings[0]?.fix).toMatchObject(fix);
    expect(findingSchema.parse(findings[0])).toEqual(findings[0]);
  });
});

const complete = { conditions: [{ type: "Complete", status: "True" }] };

const SILENT: readonly (readonly [string, readonly SnapshotObject[]])[] = [
  [
    "a Job that completed",
    [job("import", complete), podOf(["Job", "import"], [{ name: "main", state: ended(0) }], { phase: "Succeeded" })],
  ],
  ["a Job with a retry left", [job("import"), podOf(["Job", "import"], [{ name: "main", state: ended(1) }])]],
  [
    "a failed Job of a CronJob after which another one succeeded",
    [
      cron({}),
      job("nightly-1", failedJob("BackoffLimitExceeded"), {
        ...owned("CronJob", "nightly"),
        creationTimestamp: minutesAgo(20),
      }),
      job("nightly-2", complete, { ...owned("CronJob", "nightly"), creationTimestamp: minutesAgo(10) }),
    ],
  ],
  [
    "a CronJob suspended by choice",
    [cron({ suspend: true }), event({ kind: "CronJob", name: "nightly" }, { reason: "UnknownTimeZone", message: "x" })],
  ],
  [
    "a native sidecar",
    [
      job("import"),
      object("Pod", "import-0", {
        metadata: owned("Job", "import"),
        spec: { initContainers: [{ name: "proxy", restartPolicy: "Always" }], containers: [{ name: "main" }] },
        status: {
          phase: "Running",
          initContainerStatuses: [{ name: "proxy", ready: true, restartCount: 0, state: running(50) }],
          containerStatuses: [{ name: "main", ready: true, restartCount: 0, state: running(50) }],
          conditions: [{ type: "Ready", status: "True" }],
        },
      }),
    ],
  ],
  [
    "configuration in a volume, which the kubelet renews",
    [
      ...app("web", { spec: { volumes: [{ name: "c", configMap: { name: "settings" } }] } }),
      object("ConfigMap", "settings", { metadata: editedBy("kubectl-edit", "data", "mode"), data: { mode: "b" } }),
    ],
  ],
];

test.each(SILENT)("silent: %s", (_, given) => {
  expect(found(given).filter(({ severity }) => severity !== "info")).toEqual([]);
});
