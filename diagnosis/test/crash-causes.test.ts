import { findingSchema } from "@sre-agent/crds";
import { describe, expect, test } from "vitest";
import type { PodLog, SnapshotObject } from "../src/index.ts";
import { ended, event, type Fields, minutesAgo, waiting } from "./builders.ts";
import { app, CRASHING, found, object, said } from "./objects.ts";

interface Case {
  readonly name: string;
  readonly given: readonly SnapshotObject[];
  readonly logs?: readonly PodLog[];
  readonly cause: RegExp;
  readonly fix?: object;
}

const mounting = (volume: Fields, container: Fields = {}, spec: Fields = {}) => {
  const mounts = { name: "main", image: "app:1", volumeMounts: [{ name: "etc", mountPath: "/etc/app" }], ...container };
  return app("web", { ...CRASHING, spec: { containers: [mounts], volumes: [{ name: "etc", ...volume }], ...spec } });
};
const settings = (...keys: readonly string[]) =>
  object("ConfigMap", "settings", { data: Object.fromEntries(keys.map((key) => [key, "x"])) });
const secret = (name: string, ...keys: readonly string[]) =>
  object("Secret", name, { data: Object.fromEntries(keys.map((key) => [key, ""])) });
const optional = { projected: { sources: [{ secret: { name: "web-signer", optional: true } }] } };
const asUser = { securityContext: { runAsUser: 1000 } };
const noKey = said("web-0", "starting\npanic: open /etc/app/key.pem: no such file or directory");
const denied = said("web-0", "cat: can't open '/etc/app/key.pem': Permission denied");

const FILES: readonly Case[] = [
  {
    name: "a Secret that is optional and has another name",
    given: [...mounting(optional), secret("web-signing", "key.pem")],
    logs: [noKey],
    cause:
      /^container main ends for \/etc\/app\/key\.pem \(.*\): spec\.template\.spec\.volumes\[etc\]\.projected\.sources\[0\]\.secret takes Secret web-signer, which does not exist and is optional, .*; Secret web-signing does exist$/,
    fix: {
      kind: "patch",
      patch: [
        {
          path: "/spec/template/spec/volumes/0/projected/sources/0/secret/name",
          from: '"web-signer"',
          to: '"web-signing"',
        },
      ],
    },
  },
  {
    name: "a key of another name than the file",
    given: [...mounting({ configMap: { name: "settings" } }), settings("app.yml")],
    logs: [said("web-0", "fatal: cannot open /etc/app/app.yaml: ENOENT")],
    cause:
      /volume etc, mounted at \/etc\/app, has no file app\.yaml: .*configMap gives app\.yml of ConfigMap settings$/,
    fix: { kind: "decision" },
  },
  {
    name: "a mode that leaves the file to root",
    given: [...mounting({ secret: { secretName: "keys", defaultMode: 0o400 } }, {}, asUser), secret("keys", "key.pem")],
    logs: [denied],
    cause: /volumes\[etc\]\.secret gives the file mode 0400, .* runs as user 1000 without an fsGroup$/,
    fix: { kind: "patch", patch: [{ path: "/spec/template/spec/securityContext/fsGroup", to: "1000" }] },
  },
];

const starting = (volumeMounts: readonly Fields[], command = "sh") =>
  app("web", {
    ready: false,
    container: { volumeMounts },
    status: {
      restartCount: 4,
      state: waiting("CrashLoopBackOff"),
      lastState: ended(128, {
        reason: "StartError",
        message: `exec: "${command}": executable file not found in $PATH`,
      }),
    },
  });
const evicted = (minutes: number, count = 3): SnapshotObject[] => {
  const [owner, ...pods] = app("web", {
    pods: count,
    spec: { volumes: [{ name: "tmp", emptyDir: { sizeLimit: "6Mi" } }] },
  });
  const gone = pods.map((pod) => ({
    ...pod,
    status: {
      phase: "Failed",
      reason: "Evicted",
      message: 'Usage of EmptyDir volume "tmp" exceeds the limit "6Mi". ',
      containerStatuses: [
        { name: "main", restartCount: 0, state: { terminated: { exitCode: 137, finishedAt: minutesAgo(minutes) } } },
      ],
    },
  }));
  return owner ? [owner, ...gone] : [];
};
const hook = { lifecycle: { postStart: { exec: { command: ["/opt/prime", "--all"] } } } };
const hookFailed = event({ kind: "Pod", name: "web-0" }, { reason: "FailedPostStartHook", message: "failed" });
const unready = (readinessProbe: Fields, message: string) => [
  ...app("web", { ready: false, container: { readinessProbe } }),
  event({ kind: "Pod", name: "web-0" }, { reason: "Unhealthy", message: `Readiness probe failed: ${message}` }),
];
const sidecar = { name: "relay", restartPolicy: "Always", ports: [{ containerPort: 9901 }] };

const STARTS: readonly Case[] = [
  {
    name: "a volume over the directory of the command",
    given: starting([{ name: "scripts", mountPath: "/bin" }]),
    cause:
      /^container main cannot start: its command sh is not found: volume scripts is mounted over \/bin \(spec\.template\.spec\.containers\[main\]\.volumeMounts\[scripts\]\.mountPath\) and hides/,
  },
  {
    name: "a hook that fails",
    given: [...app("web", { ...CRASHING, container: hook }), hookFailed],
    cause:
      /^container main is killed whenever it has started: its postStart hook fails \(spec\.template\.spec\.containers\[main\]\.lifecycle\.postStart: exec \/opt\/prime\)$/,
  },
  {
    name: "pods that are evicted one after the other",
    given: evicted(3),
    cause:
      /^3 pods of Deployment web were evicted, .* more than spec\.template\.spec\.volumes\[tmp\]\.emptyDir\.sizeLimit 6Mi allows/,
  },
  {
    name: "a probe of the node's own address",
    given: unready({ httpGet: { port: 8080, host: "127.0.0.1" } }, "connection refused"),
    cause: /readinessProbe\.httpGet\.host is 127\.0\.0\.1, so that the kubelet asks its own node instead of the pod$/,
    fix: {
      kind: "patch",
      patch: [{ path: "/spec/template/spec/containers/0/readinessProbe/httpGet/host", from: '"127.0.0.1"' }],
    },
  },
  {
    name: "a native sidecar that its startup probe kills",
    given: [
      ...app("web", {
        ready: false,
        spec: { initContainers: [{ ...sidecar, startupProbe: { tcpSocket: { port: 9910 } } }] },
      }).map((one) =>
        one.kind !== "Pod"
          ? one
          : {
              ...one,
              status: {
                phase: "Pending",
                initContainerStatuses: [
                  {
                    name: "relay",
                    ready: false,
                    restartCount: 4,
                    state: waiting("CrashLoopBackOff"),
                    lastState: ended(137),
                  },
                ],
              },
            },
      ),
      event(
        { kind: "Pod", name: "web-0" },
        { reason: "Killing", message: "Init container relay failed startup probe" },
      ),
      event(
        { kind: "Pod", name: "web-0" },
        { reason: "Unhealthy", message: "Startup probe failed: connection refused" },
      ),
    ],
    cause:
      /^init container relay is killed by its startup probe .*; port 9910 is not a port of the container \(9901\)$/,
    fix: {
      patch: [{ path: "/spec/template/spec/initContainers/0/startupProbe/tcpSocket/port", from: "9910", to: "9901" }],
    },
  },
];

describe.each([
  ["files", FILES],
  ["starts", STARTS],
] as const)("%s", (_, cases) => {
  test.each(cases)("$name", ({ given, logs = [], cause, fix = {} }) => {
    const findings = found(given, logs);
    expect(findings.map(({ subject }) => `${subject.kind}/${subject.name}`)).toEqual(["Deployment/web"]);
    expect(findings[0]?.cause).toMatch(cause);
    expect(findings[0]?.fix).toMatchObject(fix);
    expect(findingSchema.parse(findings[0])).toEqual(findings[0]);
  });
});

/** The same words or objects without the fault: whatever else is found, it is not this. */
const OTHERWISE: readonly (readonly [string, string, readonly SnapshotObject[], readonly PodLog[]])[] = [
  ["wanted-file", "the file is there", [...mounting(optional), secret("web-signer", "key.pem")], [noKey]],
  [
    "wanted-file",
    "another source of the volume was not read",
    mounting({
      projected: { sources: [{ serviceAccountToken: { path: "token" } }, { configMap: { name: "settings" } }] },
    }),
    [noKey],
  ],
  [
    "wanted-file",
    "the group may read it",
    [
      ...mounting(
        { secret: { secretName: "keys", defaultMode: 0o400 } },
        {},
        { securityContext: { runAsUser: 1, fsGroup: 2 } },
      ),
      secret("keys", "key.pem"),
    ],
    [denied],
  ],
  [
    "wanted-file",
    "a healthy pod that does without",
    app("web", { spec: { volumes: [{ name: "etc", ...optional }] } }),
    [noKey],
  ],
  ["evicted-pods", "evicted long ago", evicted(60), []],
  ["evicted-pods", "evicted once", evicted(3, 1), []],
  ["lifecycle-hook", "a hook that works", app("web", { ...CRASHING, container: hook }), []],
  ["lifecycle-hook", "recovered from a hook that failed", [...app("web", { container: hook }), hookFailed], []],
];

test.each(OTHERWISE)("no %s: %s", (analyzer, _, given, logs) => {
  expect(found(given, logs).filter((one) => one.analyzer === analyzer)).toEqual([]);
});

test("a mount beside the command hides nothing", () => {
  const [finding] = found(starting([{ name: "scripts", mountPath: "/scripts" }]));
  expect(finding?.cause).toBe("container main cannot start: its command sh is not in the image (no such file)");
});
