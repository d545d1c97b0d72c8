import { expect, test } from "vitest";
import type { PodLog, SnapshotObject } from "../src/index.ts";
import { ended, type Fields, minutesAgo, waiting } from "./builders.ts";
import { app, CRASHING, found, object, ownedBy, revised, said, service } from "./objects.ts";

const set = (parts: Fields, status: Fields = {}) => ({
  ...object("StatefulSet", "db", {
    metadata: { generation: 1 },
    spec: { replicas: 2, ...parts, template: { spec: { containers: [{ name: "main", args: ["--new"] }] } } },
    status: { observedGeneration: 1, replicas: 1, ...status },
  }),
});
const owner = ownedBy("StatefulSet", "db");
const revision = (number: number, arg: string) =>
  object("ControllerRevision", `db-${number}`, {
    metadata: {
      ...owner,
      creationTimestamp: minutesAgo(20 - number),
      labels: { "controller-revision-hash": `db-${number}` },
    },
    revision: number,
    data: { spec: { template: { spec: { containers: [{ name: "main", args: [arg] }] } } } },
  });
const podOf = (ordinal: number, number: number, well: boolean) =>
  object("Pod", `db-${ordinal}`, {
    metadata: { ...owner, creationTimestamp: minutesAgo(10), labels: { "controller-revision-hash": `db-${number}` } },
    spec: { restartPolicy: "Always", containers: [{ name: "main" }] },
    status: {
      phase: "Running",
      conditions: [{ type: "Ready", status: well ? "True" : "False" }],
      containerStatuses: [
        well
          ? { name: "main", ready: true, restartCount: 0, state: { running: { startedAt: minutesAgo(9) } } }
          : { name: "main", ready: false, restartCount: 4, state: waiting("CrashLoopBackOff"), lastState: ended(64) },
      ],
    },
  });
const REVISIONS = [revision(1, "--old"), revision(2, "--new")];
const partition = (value: number) => ({
  updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: value } },
});

const deployment = (parts: Fields, well: boolean): SnapshotObject[] =>
  revised(app("web", well ? {} : CRASHING), "Deployment", { spec: { ...parts }, status: { updatedReplicas: 0 } });

const deleted = (type: string, secondsLeft: number): SnapshotObject[] => {
  const [web, pod] = app("web", {
    metadata: { generation: 1 },
    container: { lifecycle: { preStop: { exec: { command: ["drain"] } } } },
  });
  if (!web || !pod) return [];
  const deletionTimestamp = new Date(Date.parse(minutesAgo(0)) + secondsLeft * 1000).toISOString();
  return [
    { ...web, spec: { ...(web["spec"] as Fields), strategy: { type } }, status: { observedGeneration: 1 } },
    { ...pod, metadata: { ...pod.metadata, deletionTimestamp, deletionGracePeriodSeconds: 3600 } },
  ];
};

const daemonSet = (nodeSelector: Fields) => app("relay", { kind: "DaemonSet", pods: 0, spec: { nodeSelector } });
const node = object("Node", "node-1", {
  metadata: { labels: { "kubernetes.io/os": "linux", disk: "hdd" } },
  status: { conditions: [{ type: "Ready", status: "True" }] },
});
const caller = app("caller", { container: { env: [{ name: "RELAY_URL", value: "http://relay" }] } });
const refused = said("caller-0", "error: dial tcp relay:80: connection refused");

interface Case {
  readonly name: string;
  readonly given: readonly SnapshotObject[];
  readonly logs?: readonly PodLog[];
  readonly subject: string;
  readonly cause: RegExp;
  readonly fix: object;
}

const HELD: readonly Case[] = [
  {
    name: "a paused Deployment whose repair waits",
    given: deployment({ paused: true }, false),
    subject: "Deployment/web",
    cause:
      /^Deployment web does not roll out its newest template.*, and its pods of an older one fail: spec\.paused is true$/,
    fix: { kind: "patch", patch: [{ path: "/spec/paused", from: "true", to: "false" }] },
  },
  {
    name: "a StatefulSet that waits for a pod of its bad revision",
    given: [set({}), ...REVISIONS, podOf(0, 1, false)],
    subject: "StatefulSet/db",
    cause:
      /which changed spec\.template\.spec\.containers\[main\]\.args\[0\], .*waits for pod db-0 to get ready and does not replace it$/,
    fix: { kind: "action", action: { type: "Evict", target: { name: "db-0" } } },
  },
  {
    name: "a partition over a failing pod",
    given: [set(partition(1)), ...REVISIONS, podOf(0, 1, false), podOf(1, 2, true)],
    subject: "StatefulSet/db",
    cause: /spec\.updateStrategy\.rollingUpdate\.partition 1 keeps them at it$/,
    fix: { kind: "decision" },
  },
  {
    name: "OnDelete over a failing pod",
    given: [set({ updateStrategy: { type: "OnDelete" } }), ...REVISIONS, podOf(0, 1, false)],
    subject: "StatefulSet/db",
    cause: /spec\.updateStrategy\.type OnDelete replaces a pod only after/,
    fix: { kind: "decision" },
  },
  {
    name: "Recreate behind a pod that does not end",
    given: [...deleted("Recreate", 3000), node],
    subject: "Deployment/web",
    cause:
      /^Deployment web waits for the end of an old pod, for 10 min: spec\.strategy\.type Recreate .*containers\[main\]\.lifecycle\.preStop has not ended.*terminationGracePeriodSeconds gives it 3600 s$/,
    fix: { kind: "decision" },
  },
  {
    name: "a node label in another spelling",
    given: [...daemonSet({ "kubernetes.io/os": "Linux" }), node],
    subject: "DaemonSet/relay",
    cause:
      /^DaemonSet relay runs on no node: .*nodeSelector\[kubernetes\.io\/os\] asks for Linux, and nodes have linux$/,
    fix: { patch: [{ path: "/spec/template/spec/nodeSelector/kubernetes.io~1os", from: '"Linux"', to: '"linux"' }] },
  },
  {
    name: "a node label that is nowhere, and a caller that needs the DaemonSet",
    given: [...daemonSet({ disk: "nvme" }), node, service("relay"), ...caller],
    logs: [refused],
    subject: "DaemonSet/relay",
    cause: /nodeSelector\[disk\] asks for nvme, and nodes have hdd$/,
    fix: { kind: "decision" },
  },
];

test.each(HELD)("$name", ({ given, logs = [], subject, cause, fix }) => {
  const [first, ...others] = found(given, logs);
  expect(`${first?.subject.kind}/${first?.subject.name}`).toBe(subject);
  expect(first?.cause).toMatch(cause);
  expect(first?.fix).toMatchObject(fix);
  expect(others).toEqual([]);
});

const SILENT: readonly (readonly [string, readonly SnapshotObject[]])[] = [
  ["a paused Deployment whose pods are well", deployment({ paused: true }, true)],
  [
    "a canary whose pods are all well",
    [
      set(partition(1), { updateRevision: "db-2", currentRevision: "db-1" }),
      ...REVISIONS,
      podOf(0, 1, true),
      podOf(1, 2, true),
    ],
  ],
  ["a rolling update that does not wait for the end of pods", [...deleted("RollingUpdate", 3000), node]],
  ["a pod that is being deleted for a moment", [...deleted("Recreate", 3590), node]],
  ["a DaemonSet for nodes that are not there", [...daemonSet({ gpu: "yes" }), node]],
  ["a DaemonSet whose nodes could not be read", daemonSet({ "kubernetes.io/os": "Linux" })],
];

test.each(SILENT)("silent: %s", (_, given) => {
  expect(found(given).filter(({ severity }) => severity !== "info")).toEqual([]);
});

test("a newest revision that fails as well is no repair that waits", () => {
  const findings = found([set(partition(1)), ...REVISIONS, podOf(0, 1, false), podOf(1, 2, false)]);
  expect(findings.map(({ analyzer }) => analyzer)).toEqual(["crash-loop"]);
});
