import { expect, test } from "vitest";
import type { SnapshotObject } from "../src/index.ts";
import { ended, event, type Fields, minutesAgo, waiting } from "./builders.ts";
import { app, editedBy, found, object, ownedBy, revised, said } from "./objects.ts";

/** What takes its time, or is over by now, is no fault; what goes on is one. */
function withPod(objects: readonly SnapshotObject[], status: Fields, createdAt = minutesAgo(50)): SnapshotObject[] {
  return revised(objects, "Pod", { metadata: { creationTimestamp: createdAt }, status });
}

const creating = [{ name: "main", ready: false, restartCount: 0, state: waiting("ContainerCreating") }];
const pulling = [{ name: "main", ready: false, restartCount: 0, state: waiting("ImagePullBackOff") }];
const MULTI = 'Multi-Attach error for volume "pv-1" Volume is already used by pod(s) web-x';
const attach = (reason: string, minutes: number, message = MULTI) =>
  event({ kind: "Pod", name: "web-0" }, { reason, message, lastTimestamp: minutesAgo(minutes) });
const attaching = (containerStatuses: readonly Fields[]) =>
  withPod(app("web", { ready: false }), { phase: "Pending", containerStatuses });

const init = (minutes: number, text?: string) => {
  const running = { running: { startedAt: minutesAgo(minutes) } };
  const spec = { initContainers: [{ name: "main", image: "app:1" }] };
  const initContainerStatuses = [{ name: "main", ready: false, restartCount: 0, state: running }];
  const given = withPod(app("web", { ready: false, spec }), { phase: "Pending", initContainerStatuses });
  return found(given, text === undefined ? [] : [said("web-0", text)]);
};

test.each([
  ["says nothing for a while", init(4), "warning"],
  ["speaks of its work", init(4, "restored 40 of 90 tables"), "warning"],
  ["goes on for very long", init(12), "critical"],
  ["says that it waits", init(4, "waiting for the migration"), "critical"],
])("an init container that %s", (_, findings, severity) => {
  expect(findings).toMatchObject([{ analyzer: "waiting-init", severity }]);
});

const cron = (metadata: Fields = {}, status: Fields = {}) =>
  object("CronJob", "nightly", {
    metadata,
    spec: { concurrencyPolicy: "Forbid", schedule: "*/5 * * * *", timeZone: "Mars/Olympus" },
    status: { active: [{ name: "nightly-2" }], ...status },
  });
const job = (name: string, minutes: number, status: Fields) =>
  object("Job", name, {
    metadata: {
      creationTimestamp: minutesAgo(minutes),
      ...ownedBy("CronJob", "nightly"),
    },
    status,
  });
const done = job("nightly-1", 60, { startTime: minutesAgo(60), completionTime: minutesAgo(52) });
const told = (reason: string) => event({ kind: "CronJob", name: "nightly" }, { reason, message: "Not starting job" });

test.each([
  ["a run that takes as long as the others", 20, 0],
  ["one that takes far longer", 30, 1],
])("a CronJob that skips its times for %s", (_, minutes, count) => {
  const findings = found([cron(), done, job("nightly-2", minutes, {}), told("JobAlreadyActive")]);
  expect(findings.filter(({ analyzer }) => analyzer === "cron-job")).toHaveLength(count);
});

const claim = object("PersistentVolumeClaim", "data", {
  metadata: { creationTimestamp: minutesAgo(8) },
  spec: { storageClassName: "fast", accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "2Gi" } } },
  status: { phase: "Pending" },
});
const young = { ...claim, metadata: { ...claim.metadata, creationTimestamp: minutesAgo(1) } };
const provisioned = [
  object("StorageClass", "fast", { provisioner: "csi.example.com" }),
  object("PersistentVolume", "pv-1", {
    spec: { storageClassName: "fast", accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" } },
    status: { phase: "Available" },
  }),
  event(
    { kind: "PersistentVolumeClaim", name: "data" },
    { reason: "ExternalProvisioning", message: "waiting for csi.example.com", type: "Normal" },
  ),
];
const mounting = app("web", {
  ready: false,
  spec: { nodeName: undefined, volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }] },
});
const unbound = (createdAt: string) =>
  withPod(
    mounting,
    {
      phase: "Pending",
      conditions: [
        {
          type: "PodScheduled",
          status: "False",
          reason: "Unschedulable",
          message: "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
        },
      ],
    },
    createdAt,
  );
const member = (createdAt: string) =>
  withPod(
    app("db", { kind: "StatefulSet", replicas: 3, pods: 1, ready: false }),
    {
      phase: "Running",
      conditions: [{ type: "Ready", status: "False" }],
      containerStatuses: [
        { name: "main", ready: false, restartCount: 0, state: { running: { startedAt: createdAt } } },
      ],
    },
    createdAt,
  );

const SILENT: readonly (readonly [string, readonly SnapshotObject[]])[] = [
  [
    "a volume that was attached after all",
    [...attaching(creating), attach("FailedAttachVolume", 4), attach("SuccessfulAttachVolume", 2)],
  ],
  ["an attachment that failed once", [...attaching(creating), attach("FailedAttachVolume", 12, "attach timed out")]],
  [
    "a zone that has been corrected",
    [
      cron(editedBy("kubectl-edit", "spec"), { active: [] }),
      { ...told("UnknownTimeZone"), lastTimestamp: minutesAgo(9) },
    ],
  ],
  ["a volume that is being made, beside one that does not fit", [...provisioned, young]],
  ["a pod made a moment ago, before its claim", [...unbound(minutesAgo(0.1)), young, ...provisioned]],
  ["the first member of a StatefulSet that gets ready", member(minutesAgo(2))],
];

test.each(SILENT)("silent: %s", (_, given) => {
  expect(found(given)).toEqual([]);
});

const FAULTS: readonly (readonly [string, readonly SnapshotObject[], RegExp])[] = [
  [
    "a volume at another node, which is reported once",
    [...attaching(creating), attach("FailedAttachVolume", 40)],
    /waits for a ReadWriteOnce volume that is attached to another node/,
  ],
  [
    "an attachment that keeps failing",
    [...attaching(creating), attach("FailedAttachVolume", 1, "attach timed out")],
    /cannot be attached to its node: attach timed out/,
  ],
  ["a zone", [cron({}, { active: [] }), told("UnknownTimeZone")], /spec\.timeZone "Mars\/Olympus" cannot be read/],
  [
    "a provisioner that says nothing",
    [...provisioned, claim, ...unbound(minutesAgo(8))],
    /has no volume: provisioner csi\.example\.com of StorageClass fast has made no volume and says nothing/,
  ],
  [
    "the first member of a StatefulSet that does not get ready",
    member(minutesAgo(5)),
    /has 1 of 3 pods: .*OrderedReady/,
  ],
];

test.each(FAULTS)("%s", (_, given, cause) => {
  expect(found(given).map((one) => one.cause)).toEqual([expect.stringMatching(cause)]);
});

test("an image that is not pulled is no volume that is not attached", () => {
  const findings = found([...attaching(pulling), attach("FailedAttachVolume", 4)]);
  expect(findings.map(({ analyzer }) => analyzer)).toEqual(["image-pull"]);
});

test("a container without a limit of its own is killed by that of its pod", () => {
  const status = {
    state: waiting("CrashLoopBackOff"),
    lastState: ended(137, { reason: "OOMKilled" }),
    restartCount: 5,
  };
  const [finding] = found(app("web", { ready: false, spec: { resources: { limits: { memory: "64Mi" } } }, status }));
  expect(finding?.cause).toContain("may have together, spec.template.spec.resources.limits.memory 64Mi");
  expect(finding?.fix?.summary).toMatch(
    /^raise the memory limit of its pod \(spec\.template\.spec\.resources\.limits\.memory\) above 64Mi/,
  );
});

test("a key that was not written is as the container read it", () => {
  const env = [{ name: "MODE", valueFrom: { configMapKeyRef: { name: "settings", key: "mode" } } }];
  const written = (key: string) =>
    object("ConfigMap", "settings", {
      metadata: editedBy("kubectl-edit", "data", key),
      data: { mode: "a", level: "b" },
    });
  expect(found([...app("web", { container: { env } }), written("level")])).toEqual([]);
  expect(found([...app("web", { container: { env } }), written("mode")])).toHaveLength(1);
});
