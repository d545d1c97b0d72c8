import { findingSchema } from "@sre-agent/crds";
import { describe, expect, test } from "vitest";
import { diagnose, logsWanted, type Snapshot } from "../src/index.ts";
import { crashing, deployment, ended, event, log, minutesAgo, pod, snapshot, waiting } from "./builders.ts";

const READY = {};
const stuckCondition = {
  type: "Progressing",
  status: "False",
  reason: "ProgressDeadlineExceeded",
  message: "timed out",
};
const runs = { running: { startedAt: minutesAgo(20) } };
const probe = { readinessProbe: { httpGet: { path: "/ready?token=abc", port: 9090 } } };
const unschedulable = {
  state: waiting("ContainerCreating"),
  phase: "Pending",
  conditions: [
    { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/3 nodes: Insufficient cpu" },
  ],
};

interface Case {
  readonly name: string;
  readonly given: Snapshot;
  readonly analyzer: string;
  readonly cause: RegExp;
}

const crash = (exitCode: number, fields = {}) => snapshot(deployment([{ pods: [crashing(exitCode, fields)] }]));
const failing = (state: ReturnType<typeof waiting>, container = {}) =>
  snapshot(deployment([{ container, pods: [{ state, phase: "Pending" }] }]));

const POSITIVE: readonly Case[] = [
  {
    name: "quotes the fatal line and names the change",
    given: snapshot(
      deployment([
        { container: { env: [{ name: "DATABASE_URL", value: "postgres://u:pw@db/x" }] }, pods: [READY] },
        { container: { env: [] }, pods: [crashing(1)] },
      ]),
      [log("web-r2-0", "starting\n2026-03-01T11:59:00Z fatal: DATABASE_URL is not set\nbye")],
    ),
    analyzer: "crash-loop",
    cause:
      /^container web exits 1 right after start: "fatal: DATABASE_URL is not set"; spec\.template\.spec\.containers\[web\]\.env does not set DATABASE_URL; revision 2 removed env DATABASE_URL at spec\.template\.spec\.containers\[web\]\.env\[DATABASE_URL\]$/,
  },
  { name: "exit 126", given: crash(126), analyzer: "crash-loop", cause: /cannot be executed/ },
  { name: "exit 127", given: crash(127), analyzer: "crash-loop", cause: /command not found/ },
  {
    name: "exit 137 without a memory kill",
    given: crash(137),
    analyzer: "crash-loop",
    cause: /SIGKILL, not for memory/,
  },
  { name: "exit 139", given: crash(139), analyzer: "crash-loop", cause: /segmentation fault/ },
  { name: "exit 143", given: crash(143), analyzer: "crash-loop", cause: /SIGTERM/ },
  { name: "exit 0", given: crash(0), analyzer: "crash-loop", cause: /exits 0 although it should keep running/ },
  {
    name: "a liveness probe that kills",
    given: snapshot([
      ...deployment([{ container: { livenessProbe: { tcpSocket: { port: 9 } } }, pods: [crashing(137)] }]),
      event(
        { kind: "Pod", name: "web-r1-0" },
        { reason: "Killing", message: "Container web failed liveness probe, will be restarted" },
      ),
      event(
        { kind: "Pod", name: "web-r1-0" },
        { reason: "Unhealthy", message: "Liveness probe failed: connection refused" },
      ),
    ]),
    analyzer: "crash-loop",
    cause:
      /^container web is killed by its liveness probe \(tcpSocket :9\): "Liveness probe failed: connection refused"; it gives the process 30 s to start /,
  },
  {
    name: "an init container that fails",
    given: snapshot([pod("lone", { ...crashing(1), init: true })]),
    analyzer: "crash-loop",
    cause: /^init container web exits 1/,
  },
  {
    name: "memory limit",
    given: snapshot(
      deployment([
        { container: { resources: { limits: { memory: "64Mi" } } }, pods: [crashing(137, { reason: "OOMKilled" })] },
      ]),
    ),
    analyzer: "oom-kill",
    cause: /more than its limit of 64Mi$/,
  },
  {
    name: "memory of the node",
    given: crash(137, { reason: "OOMKilled" }),
    analyzer: "oom-kill",
    cause: /no memory limit/,
  },
  {
    name: "unknown tag",
    given: failing(waiting("ErrImagePull", "app:9: not found"), { image: "app:9" }),
    analyzer: "image-pull",
    cause: /^image app:9 of container web .* no such name or tag/,
  },
  {
    name: "registry without a name",
    given: failing(waiting("ImagePullBackOff", "dial tcp: no such host")),
    analyzer: "image-pull",
    cause: /does not resolve/,
  },
  {
    name: "refused pull",
    given: failing(waiting("ErrImagePull", "401 unauthorized")),
    analyzer: "image-pull",
    cause: /refuses access/,
  },
  {
    name: "malformed image",
    given: failing(waiting("InvalidImageName")),
    analyzer: "image-pull",
    cause: /no valid image reference/,
  },
  {
    name: "image that is never pulled",
    given: failing(waiting("ErrImageNeverPull")),
    analyzer: "image-pull",
    cause: /Never and the node does not have it/,
  },
  {
    name: "missing ConfigMap",
    given: failing(waiting("CreateContainerConfigError", 'configmap "settings" not found')),
    analyzer: "start-failure",
    cause: /ConfigMap settings does not exist/,
  },
  {
    name: "missing Secret",
    given: failing(waiting("CreateContainerConfigError", 'secret "db" not found')),
    analyzer: "start-failure",
    cause: /Secret db does not exist/,
  },
  {
    name: "missing key",
    given: failing(waiting("CreateContainerConfigError", "couldn't find key PORT in ConfigMap shop/settings")),
    analyzer: "start-failure",
    cause: /ConfigMap settings has no key PORT/,
  },
  {
    name: "missing command",
    given: failing(waiting("RunContainerError", 'exec: "serv": executable file not found in $PATH')),
    analyzer: "start-failure",
    cause: /command serv is not in the image/,
  },
  {
    name: "root user",
    given: failing(waiting("CreateContainerConfigError", "container has runAsNonRoot and image will run as root")),
    analyzer: "start-failure",
    cause: /runs it as root/,
  },
  {
    name: "missing ConfigMap of a volume",
    given: snapshot([
      ...deployment([{ pods: [{ state: waiting("ContainerCreating"), phase: "Pending" }] }]),
      event(
        { kind: "Pod", name: "web-r1-0" },
        { reason: "FailedMount", message: 'MountVolume.SetUp failed: configmap "settings" not found' },
      ),
    ]),
    analyzer: "start-failure",
    cause: /^its pods wait for a volume: ConfigMap settings does not exist/,
  },
  {
    name: "no node",
    given: snapshot(deployment([{ pods: [unschedulable] }])),
    analyzer: "unschedulable",
    cause: /^no node takes 1 pod: no node has enough cpu left$/,
  },
  {
    name: "readiness",
    given: snapshot(deployment([{ container: probe, pods: [{ state: runs }] }])),
    analyzer: "not-ready",
    cause: /runs but is not ready: .* \(probe httpGet :9090\/ready\)$/,
  },
  {
    name: "rollout without a visible cause",
    given: snapshot(deployment([{ pods: [] }], { conditions: [stuckCondition] })),
    analyzer: "rollout-stuck",
    cause: /past its deadline: 0 of 1 available/,
  },
];

describe("names the cause", () => {
  test.each(POSITIVE)("$name", ({ given, analyzer, cause }) => {
    const findings = diagnose(given);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ analyzer, severity: expect.stringMatching(/critical|error/) });
    expect(findings[0]?.cause).toMatch(cause);
    expect(findings[0]?.evidence.length).toBeGreaterThan(0);
    expect(findingSchema.parse(findings[0])).toEqual(findings[0]);
  });
});

const recovered = (minutes: number, restarts: number) => ({
  state: { running: { startedAt: minutesAgo(minutes) } },
  ready: true,
  restarts,
  lastState: ended(1, { finishedAt: minutesAgo(minutes) }),
});

const NEGATIVE: readonly (readonly [string, Snapshot])[] = [
  [
    "healthy, with a noisy log",
    snapshot(deployment([{ pods: [READY] }]), [log("web-r1-0", "error 0\nfatal: 0 errors\n")]),
  ],
  ["many restarts, the last long ago", snapshot(deployment([{ pods: [recovered(30, 40)] }]))],
  ["one restart just now", snapshot(deployment([{ pods: [recovered(1, 1)] }]))],
  [
    "recovered from a memory kill",
    snapshot(
      deployment([
        { pods: [{ ...recovered(15, 5), lastState: ended(137, { reason: "OOMKilled", finishedAt: minutesAgo(15) }) }] },
      ]),
    ),
  ],
  ["a completed pod", snapshot([pod("done", { state: ended(0), phase: "Succeeded", restartPolicy: "Never" })])],
  ["an init container that ended", snapshot([pod("app", { state: ended(0), init: true, ready: true })])],
  ["scaled to zero", snapshot(deployment([{ pods: [] }], { replicas: 0, conditions: [] }))],
  [
    "a deadline that passed before the rollout was completed",
    snapshot(deployment([{ pods: [READY] }], { conditions: [stuckCondition] })),
  ],
  [
    "a pod that starts",
    snapshot(deployment([{ container: probe, pods: [{ state: { running: { startedAt: minutesAgo(0.1) } } }] }])),
  ],
  [
    "a container that is being created",
    snapshot(deployment([{ pods: [{ state: waiting("ContainerCreating"), phase: "Pending" }] }])),
  ],
  [
    "a slow start within its initial delay",
    snapshot(
      deployment([
        {
          container: { readinessProbe: { initialDelaySeconds: 300, tcpSocket: { port: 1 } } },
          pods: [{ state: { running: { startedAt: minutesAgo(4) } } }],
        },
      ]),
    ),
  ],
  [
    "a mount that failed at first, long ago",
    snapshot([
      ...deployment([{ pods: [{ state: waiting("PodInitializing"), phase: "Pending" }] }]),
      event(
        { kind: "Pod", name: "web-r1-0" },
        { reason: "FailedMount", message: 'configmap "x" not found', lastTimestamp: minutesAgo(20) },
      ),
    ]),
  ],
  [
    "an old scheduling event of a pod that runs",
    snapshot([
      ...deployment([{ pods: [READY] }]),
      event({ kind: "Pod", name: "web-r1-0" }, { reason: "FailedScheduling", message: "0/1 nodes" }),
    ]),
  ],
];

describe("stays silent", () => {
  test.each(NEGATIVE)("%s", (_, given) => {
    expect(diagnose(given)).toEqual([]);
  });
});

describe("one finding for one cause", () => {
  test("a stuck rollout is a symptom of the crash in its pods", () => {
    const findings = diagnose(
      snapshot(deployment([{ pods: [READY] }, { pods: [crashing(1)] }], { conditions: [stuckCondition] })),
    );
    expect(findings.map(({ analyzer, severity }) => ({ analyzer, severity }))).toEqual([
      { analyzer: "crash-loop", severity: "error" },
    ]);
    expect(findings[0]?.explains.map(({ symptom }) => symptom)).toEqual([
      expect.stringContaining("ProgressDeadlineExceeded"),
      "container web CrashLoopBackOff",
    ]);
  });

  test("three pods of one template share a finding, whose id does not name them", () => {
    const three = diagnose(snapshot(deployment([{ pods: [crashing(1), crashing(1), crashing(1)] }], { replicas: 3 })));
    const one = diagnose(snapshot(deployment([{ pods: [crashing(1)] }])));
    expect(three).toHaveLength(1);
    expect(three[0]?.explains).toHaveLength(3);
    expect(three[0]?.id).toBe(one[0]?.id);
  });

  test("workloads that miss the same ConfigMap share a finding, unless one of them can be rolled back", () => {
    const missing = {
      state: waiting("CreateContainerConfigError", 'configmap "settings" not found'),
      phase: "Pending",
    };
    const [a, b] = [deployment([{ pods: [missing] }], { name: "a" }), deployment([{ pods: [missing] }], { name: "b" })];
    const changed = deployment([{ pods: [READY] }, { pods: [missing] }], { name: "c" });
    const findings = diagnose(snapshot([...a, ...b, ...changed]));
    expect(findings.map(({ subject, fix }) => [subject.name, fix?.kind])).toEqual([
      ["a", "decision"],
      ["c", "action"],
    ]);
    expect(findings[0]?.explains.map(({ subject }) => subject.name)).toEqual(["b", "a-r1-0", "b-r1-0"]);
  });

  test("outages come before partial failures", () => {
    const partial = deployment([{ pods: [READY] }, { pods: [crashing(1)] }], { name: "a" });
    const outage = deployment([{ pods: [crashing(1)] }], { name: "b" });
    const findings = diagnose(snapshot([...partial, ...outage]));
    expect(findings.map(({ subject, severity }) => [subject.name, severity])).toEqual([
      ["b", "critical"],
      ["a", "error"],
    ]);
  });
});

test("what the kubelet says of a removed log is not quoted", () => {
  const gone = log("web-r1-0", "unable to retrieve container logs for containerd://abc");
  const [finding] = diagnose(snapshot(deployment([{ pods: [crashing(3)] }]), [gone]));
  expect(finding?.cause).toBe("container web exits 3 right after start");
});

test("a container that restarts quickly is in trouble while it runs, too", () => {
  const between = { ...recovered(1, 4), ready: true };
  expect(diagnose(snapshot(deployment([{ pods: [between] }])))[0]).toMatchObject({
    analyzer: "crash-loop",
    severity: "error",
  });
});

describe("logs wanted", () => {
  test("the present log of a container that stands ended, the previous one of a container that waits", () => {
    const given = deployment([{ pods: [{ state: ended(1), lastState: ended(1), restarts: 2 }, crashing(1)] }]);
    expect(logsWanted(snapshot(given)).map(({ previous }) => previous)).toEqual([false, true]);
  });

  test("one log of a healthy workload, and none where many namespaces are looked at", () => {
    const given = snapshot(deployment([{ pods: [{}, {}] }]));
    expect(logsWanted(given)).toEqual([{ namespace: "shop", pod: "web-r1-1", container: "web", previous: false }]);
    expect(logsWanted({ ...given, namespaces: ["shop", "other"] })).toEqual([]);
  });

  test("at most 40, one pod of each workload before any second one", () => {
    const many = Array.from({ length: 25 }, (_, number) =>
      deployment([{ pods: [crashing(1), crashing(1), crashing(1)] }], { name: `w${number}` }),
    );
    const wanted = logsWanted(snapshot(many.flat()));
    expect(wanted).toHaveLength(40);
    expect(new Set(wanted.slice(0, 25).map(({ pod: name }) => name.split("-")[0])).size).toBe(25);
    expect(wanted[0]).toMatchObject({ namespace: "shop", container: "web", previous: true });
  });
});
