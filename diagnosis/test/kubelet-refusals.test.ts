import { expect, test } from "vitest";
import type { PodLog, SnapshotObject } from "../src/index.ts";
import { ended, event, type Fields, minutesAgo, waiting } from "./builders.ts";
import { app, CRASHING, found, object, revised, said } from "./objects.ts";

/** What the kubelet refuses to run, joined with the field that asks for it. */
const creating = (spec: Fields, state: Fields = waiting("ContainerCreating")) =>
  revised(app("web", { ready: false, spec }), "Pod", {
    status: { phase: "Pending", containerStatuses: [{ name: "main", ready: false, restartCount: 0, state }] },
  });
const failing = (message: string, container: Fields, spec: Fields = {}) =>
  app("web", {
    ready: false,
    spec: { containers: [{ name: "main", image: "app:1", ...container }], ...spec },
    status: { state: waiting("CreateContainerConfigError", message) },
  });
const told = (reason: string, message: string) => event({ kind: "Pod", name: "web-0" }, { reason, message });
const pulling = (spec: Fields) => app("web", { ready: false, spec, status: { state: waiting("ImagePullBackOff") } });
const secret = (name: string, type: string) => object("Secret", name, { type, data: {} });
const rejected = (message: string, spec: Fields) =>
  revised(app("web", { ready: false, spec }), "Pod", {
    metadata: { creationTimestamp: minutesAgo(1) },
    status: { phase: "Failed", reason: "SysctlForbidden", message },
  });
const sysctls = { securityContext: { sysctls: [{ name: "net.core.somaxconn", value: "4096" }] } };
const localhost = { seccompProfile: { type: "Localhost", localhostProfile: "audit.json" } };
const byName = {
  containers: [{ name: "main", image: "app:1", readinessProbe: { exec: { command: ["cat", "$DIR/ok"] } } }],
};
const sidecar = {
  name: "proxy",
  image: "proxy:1",
  restartPolicy: "Always",
  readinessProbe: { tcpSocket: { port: 1 } },
};
const withSidecar = app("web", { ready: false, spec: { initContainers: [sidecar] } }).map((one) => {
  const running = { running: { startedAt: minutesAgo(9) } };
  const status = { name: "proxy", ready: false, restartCount: 0, started: true, state: running };
  return one.kind === "Pod"
    ? { ...one, status: { ...(one["status"] as Fields), containerStatuses: [], initContainerStatuses: [status] } }
    : one;
});
const waits = app("web", {
  ready: false,
  spec: { initContainers: [{ name: "main", image: "app:1", args: ["wait", "job/load"] }] },
}).map((one) => {
  const state = { running: { startedAt: minutesAgo(4) } };
  const status = { phase: "Pending", initContainerStatuses: [{ name: "main", ready: false, restartCount: 0, state }] };
  return one.kind === "Pod" ? { ...one, status } : one;
});

interface Case {
  readonly name: string;
  readonly given: readonly SnapshotObject[];
  readonly logs?: readonly PodLog[];
  readonly cause: RegExp;
  readonly decide: RegExp;
}

const CASES: readonly Case[] = [
  {
    name: "a runtime that the node does not have",
    given: [
      ...creating({ runtimeClassName: "gvisor" }),
      told("FailedCreatePodSandBox", 'failed to get sandbox runtime: no runtime for "runsc" is configured'),
    ],
    cause:
      /^its pods get no sandbox: spec\.template\.spec\.runtimeClassName is gvisor, and the container runtime of node node-1 has no handler runsc$/,
    decide: /^configure handler runsc/,
  },
  {
    name: "a network plugin that fails",
    given: [
      ...creating({}),
      told(
        "FailedCreatePodSandBox",
        'failed to setup network for sandbox "a": plugin type="calico" failed (add): no IPs',
      ),
    ],
    cause: /^its pods get no sandbox: the network plugin of node node-1 gives its pod no network: no IPs$/,
    decide: /^repair the network plugin \(CNI\) of node node-1$/,
  },
  {
    name: "a sysctl that the kubelet does not allow",
    given: rejected('Pod was rejected: forbidden sysctl: "net.core.somaxconn" not allowlisted', sysctls),
    cause:
      /^the kubelet of node node-1 rejects its pods \(1 pod, SysctlForbidden\): .*; spec\.template\.spec\.securityContext\.sysctls asks for it$/,
    decide: /^remove net\.core\.somaxconn from spec\.template\.spec\.securityContext\.sysctls/,
  },
  {
    name: "a seccomp profile that the node does not have",
    given: failing('cannot load seccomp profile "/x/audit.json": no such file', {}, { securityContext: localhost }),
    cause:
      /spec\.template\.spec\.securityContext\.seccompProfile\.localhostProfile is audit\.json, and node .*has no such file/,
    decide: /^put profile audit\.json on every node/,
  },
  {
    name: "a path of a variable that is not set",
    given: failing("missing value for POD_NAME", {
      volumeMounts: [{ name: "d", mountPath: "/data", subPathExpr: "$(POD_NAME)" }],
    }),
    cause: /volumeMounts\[\/data\]\.subPathExpr uses \$\(POD_NAME\), and no env of container main sets it$/,
    decide: /^set env POD_NAME of container main/,
  },
  {
    name: "a user by name",
    given: failing("container has runAsNonRoot and image has non-numeric user (app), cannot verify", {
      securityContext: { runAsNonRoot: true },
    }),
    cause: /containers\[main\]\.securityContext\.runAsNonRoot is true, and its image runs as user "app", a name/,
    decide: /\.securityContext\.runAsUser to the number that user app has/,
  },
  {
    name: "a pull secret that does not exist",
    given: [
      ...pulling({ imagePullSecrets: [{ name: "regcred" }] }),
      secret("reg-cred", "kubernetes.io/dockerconfigjson"),
    ],
    cause:
      /; spec\.template\.spec\.imagePullSecrets of Deployment\/web names Secret regcred, which does not exist in its namespace; Secret reg-cred does$/,
    decide: /^create Secret regcred .*\(reg-cred\?\)/,
  },
  {
    name: "a pull secret of another type",
    given: [...pulling({ imagePullSecrets: [{ name: "regcred" }] }), secret("regcred", "Opaque")],
    cause: /; Secret regcred \(spec\.template\.spec\.imagePullSecrets\) is of type Opaque, from which no credentials/,
    decide: /^create Secret regcred anew with type kubernetes\.io\/dockerconfigjson/,
  },
  {
    name: "a variable in a probe that no shell expands",
    given: [...app("web", { ready: false, spec: byName }), told("Unhealthy", "Readiness probe failed: cat: no file")],
    cause:
      /; readinessProbe\.exec\.command\[1\] of container main has \$DIR, which nothing expands: it is run without a/,
    decide: /^write the value into readinessProbe\.exec\.command/,
  },
  {
    name: "a native sidecar that is not ready",
    given: withSidecar,
    cause: /^container proxy runs but is not ready/,
    decide: /^check the readiness probe of container proxy/,
  },
  {
    name: "a Job that nobody lets run",
    given: [...waits, object("Job", "load", { spec: { suspend: true } })],
    cause: /it waits for Job load, which is suspended \(spec\.suspend true\)$/,
    decide: /^resume Job load/,
  },
  {
    name: "a low port by a flag",
    given: app("web", { ...CRASHING, container: { command: ["sh", "-c", "exec httpd -f -p 80 -h /tmp"] } }),
    logs: [said("web-0", "httpd: bind: Permission denied")],
    cause: /may not listen on port 80 \(spec\.template\.spec\.containers\[main\]\.command\)/,
    decide: /^let it listen on a port from 1024 on/,
  },
];

test.each(CASES)("$name", ({ given, logs = [], cause, decide }) => {
  const findings = found(given, logs);
  expect(findings.map((one) => one.cause)).toEqual([expect.stringMatching(cause)]);
  expect(findings[0]?.fix).toEqual({ kind: "decision", summary: expect.stringMatching(decide) });
});

const SILENT: readonly (readonly [string, readonly SnapshotObject[]])[] = [
  ["pods that were rejected before others took their place", [...rejected("x", {}), ...app("web")]],
  ["a sandbox that was made after all", [...app("web"), told("FailedCreatePodSandBox", "network not ready")]],
  ["a job that ended", [...app("web"), object("Pod", "old", { status: { phase: "Failed", reason: "Evicted" } })]],
  [
    "a pod that ran and failed",
    [
      object("Pod", "once", {
        status: { phase: "Failed", reason: "Error", containerStatuses: [{ name: "main", state: ended(1) }] },
      }),
    ],
  ],
];

test.each(SILENT)("silent: %s", (_, given) => {
  expect(found(given).filter(({ analyzer }) => ["rejected-pods", "start-failure"].includes(analyzer))).toEqual([]);
});
