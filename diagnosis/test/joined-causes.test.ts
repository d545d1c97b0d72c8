import { expect, test } from "vitest";
import type { PodLog, SnapshotObject } from "../src/index.ts";
import { ended, event, type Fields, minutesAgo, waiting } from "./builders.ts";
import { app, CRASHING, editedBy, found, lostReady, object, ownedBy, revised, said, service } from "./objects.ts";

/** What one object says, joined with what another one has. */
const crashing = (container: Fields, volumes: readonly Fields[] = []) =>
  app("web", { ...CRASHING, spec: { containers: [{ name: "main", image: "app:1", ...container }], volumes } });
const redis = service("redis", { clusterIP: "10.96.0.7", ports: [{ port: 6379 }] });
const atoi = said("web-0", 'panic: parsing "tcp://10.96.0.7:6379": invalid syntax');

const at = (mountPath: string) => ({ volumeMounts: [{ name: "ddl", mountPath }] });
const migrations = { env: [{ name: "MIGRATIONS_DIR", value: "/migrations" }] };
const ddl = { name: "ddl", configMap: { name: "ddl" } };
const none = "ERROR: no migrations found in /migrations";

function failedJob(
  spec: Fields,
  { container = {}, volumes = [] }: { container?: Fields; volumes?: readonly Fields[] },
) {
  const template = { spec: { containers: [{ name: "main", image: "app:1", ...container }], volumes } };
  return [
    object("Job", "load", {
      spec: { ...spec, template },
      status: {
        completedIndexes: "0-3",
        conditions: [
          { type: "Failed", status: "True", reason: "BackoffLimitExceeded", lastTransitionTime: minutesAgo(3) },
        ],
      },
    }),
    object("Pod", "load-4-x", {
      metadata: {
        annotations: { "batch.kubernetes.io/job-completion-index": "4" },
        ...ownedBy("Job", "load"),
      },
      spec: template.spec,
      status: {
        phase: "Failed",
        containerStatuses: [{ name: "main", ready: false, restartCount: 0, state: ended(1) }],
      },
    }),
  ];
}

const plan = object("ConfigMap", "plan", { data: { shards: "a\nb\nc\nd" } });
const planned = {
  container: { volumeMounts: [{ name: "plan", mountPath: "/plan" }] },
  volumes: [{ name: "plan", configMap: { name: "plan" } }],
};
const cache = { name: "cache", emptyDir: { medium: "Memory" } };
const noStart = {
  status: {
    restartCount: 4,
    state: waiting("CrashLoopBackOff"),
    lastState: ended(128, { reason: "StartError", message: "container init was OOM-killed (memory limit too low?)" }),
  },
};
const small = (memory: string, kind = "Deployment") =>
  app("web", {
    ...{ kind, ready: false, container: { resources: { limits: { memory } } } },
    status: { state: waiting("ContainerCreating") },
  });
const noSpace = event({ kind: "Pod", name: "web-0" }, { reason: "FailedMount", message: "no space left on device" });

interface Case {
  readonly name: string;
  readonly given: readonly SnapshotObject[];
  readonly logs?: readonly PodLog[];
  readonly cause: RegExp;
  readonly decide: RegExp;
}

const CASES: readonly Case[] = [
  {
    name: "a variable that the kubelet makes of a Service, by its value",
    given: [...crashing({}), redis],
    logs: [atoi],
    cause:
      /; no env of container main sets REDIS_PORT: the kubelet does, for Service redis \(tcp:\/\/10\.96\.0\.7:6379\), since spec\.template\.spec\.enableServiceLinks is not false$/,
    decide: /^set spec\.template\.spec\.enableServiceLinks to false, or env REDIS_PORT of container main/,
  },
  {
    name: "a variable that the kubelet makes of a Service, by its name",
    given: [...crashing({}), redis],
    logs: [said("web-0", "fatal: REDIS_PORT is no number")],
    cause: /no env of container main sets REDIS_PORT: the kubelet does, for Service redis/,
    decide: /^set spec\.template\.spec\.enableServiceLinks to false/,
  },
  {
    name: "a folder that is mounted elsewhere",
    given: [...crashing({ ...migrations, ...at("/db/migrations") }, [ddl]), object("ConfigMap", "ddl", { data: {} })],
    logs: [said("web-0", none)],
    cause:
      /; \/migrations, which spec\.template\.spec\.containers\[main\]\.env\[MIGRATIONS_DIR\] names, is below no mount of container main: volume ddl is mounted at \/db\/migrations \(/,
    decide: /env\[MIGRATIONS_DIR\] ask for \/db\/migrations, or mount volume ddl at \/migrations$/,
  },
  {
    name: "a Job that looks elsewhere",
    given: failedJob({}, { container: { ...migrations, ...at("/db/migrations") }, volumes: [ddl] }),
    logs: [said("load-4-x", none)],
    cause:
      /exits 1 with "ERROR: no migrations found in \/migrations"; \/migrations, which .*env\[MIGRATIONS_DIR\] names/,
    decide: /, or mount volume ddl at \/migrations, then create the Job again/,
  },
  {
    name: "a Job with more parts than its plan",
    given: [...failedJob({ completions: 5, completionMode: "Indexed" }, planned), plan],
    logs: [said("load-4-x", "IndexError: shard index 4 out of range, plan /plan/shards lists 4 shards")],
    cause:
      /; it is index 4 of spec\.completions 5 \(numbered from 0\) that fails, while 0-3 succeeded; \/plan\/shards is shards of ConfigMap plan \(volume plan\)$/,
    decide: /^let spec\.completions \(5\) be the number of parts that there are, or correct shards of ConfigMap plan/,
  },
  {
    name: "a line before the last one",
    given: crashing({ securityContext: { readOnlyRootFilesystem: true } }),
    logs: [
      said(
        "web-0",
        "mkdir: cannot create directory '/var/spool/': Read-only file system\nfatal: no spool /var/spool/m",
      ),
    ],
    cause:
      /"fatal: no spool \/var\/spool\/m"; before that it says "mkdir: .*Read-only file system": .*readOnlyRootFilesystem is true$/,
    decide: /^mount a writable volume \(emptyDir\) at \/var\/spool\/m$/,
  },
  {
    name: "a folder by its dot, beside the program",
    given: crashing({ command: ["python", "/opt/app/main.py"], securityContext: { readOnlyRootFilesystem: true } }),
    logs: [said("web-0", "OSError: [Errno 30] Read-only file system: '/opt/app/.cache'")],
    cause: /readOnlyRootFilesystem is true$/,
    decide: /^mount a writable volume \(emptyDir\) at \/opt\/app\/\.cache$/,
  },
  {
    name: "a file beside the program, over which nothing may be mounted",
    given: crashing({ command: ["python", "/opt/app/main.py"], securityContext: { readOnlyRootFilesystem: true } }),
    logs: [said("web-0", "OSError: [Errno 30] Read-only file system: '/opt/app/app.pid'")],
    cause: /readOnlyRootFilesystem is true$/,
    decide: /^let it write \/opt\/app\/app\.pid elsewhere, .*: one over \/opt\/app would hide \/opt\/app\/main\.py$/,
  },
  {
    name: "a member more than its files are for",
    given: [
      ...revised(
        app("web", {
          ...CRASHING,
          kind: "StatefulSet",
          spec: {
            containers: [{ name: "main", image: "app:1", volumeMounts: [{ name: "s", mountPath: "/s" }] }],
            volumes: [{ name: "s", configMap: { name: "shards" } }],
          },
        }),
        "Pod",
        { metadata: { name: "web-2" } },
      ),
      object("ConfigMap", "shards", { data: { "shard-0.conf": "", "shard-1.conf": "" } }),
    ],
    logs: [said("web-2", "fatal: cannot open /s/shard-2.conf: no such file")],
    cause: /volume s, mounted at \/s, has no file shard-2\.conf/,
    decide: /^add shard-2\.conf to ConfigMap shards, or scale back to 2 replicas, or correct what/,
  },
  {
    name: "a file of another name, with who asks for it",
    given: [
      ...crashing(
        {
          env: [{ name: "CONFIG_FILE", value: "/etc/relay/config.yaml" }],
          volumeMounts: [{ name: "c", mountPath: "/etc/relay" }],
        },
        [{ name: "c", configMap: { name: "relay" } }],
      ),
      object("ConfigMap", "relay", { data: { "config.yml": "" } }),
    ],
    logs: [said("web-0", "fatal: open /etc/relay/config.yaml: no such file or directory")],
    cause: /has no file config\.yaml/,
    decide: /env\[CONFIG_FILE\] ask for \/etc\/relay\/config\.yml, or add config\.yaml to ConfigMap relay$/,
  },
  {
    name: "memory that the files of runs before take",
    given: app("web", {
      ...noStart,
      ready: false,
      spec: {
        volumes: [cache],
        containers: [
          {
            ...{ name: "main", resources: { limits: { memory: "64Mi" } } },
            volumeMounts: [{ name: "cache", mountPath: "/cache" }],
          },
        ],
      },
    }),
    cause:
      /^container main is killed for memory before its process starts: it needs more than its limit of 64Mi, against which the files in \/cache \(emptyDir cache with medium Memory and no sizeLimit\) count/,
    decide: /^put volume cache on disk .* or bound it by a sizeLimit that fits below 64Mi/,
  },
  {
    name: "an empty volume over the files of the image",
    given: crashing({ volumeMounts: [{ name: "tmp", mountPath: "/app" }] }, [{ name: "tmp", emptyDir: {} }]),
    logs: [said("web-0", "Error: Cannot find module '/app/server.js'")],
    cause:
      /; volume tmp, an emptyDir that nobody else fills, is mounted over \/app \(.*\) and hides what image app:1 has/,
    decide: /^mount volume tmp at a directory of its own/,
  },
  {
    name: "a variable that is set twice",
    given: crashing({ env: ["a", "b"].map((value) => ({ name: "STORE_KIND", value })) }),
    logs: [said("web-0", "fatal: unknown STORE_KIND")],
    cause:
      /; spec\.template\.spec\.containers\[main\]\.env sets STORE_KIND 2 times \(entries 0, 1\), and the last one counts$/,
    decide: /^leave one entry of STORE_KIND/,
  },
  {
    name: "a name of a Service with an address of its own",
    given: [
      ...app("web", { ...CRASHING, spec: { hostAliases: [{ ip: "10.9.9.9", hostnames: ["redis"] }] } }),
      ...app("redis", { container: { ports: [{ containerPort: 6379 }] } }),
      redis,
    ],
    logs: [said("web-0", "error: connect to redis:6379: connection timed out")],
    cause:
      /^spec\.template\.spec\.hostAliases of Deployment\/web gives redis the address 10\.9\.9\.9, so that it never asks/,
    decide: /^remove redis from spec\.template\.spec\.hostAliases/,
  },
  {
    name: "a memory limit in bytes",
    given: [...small("128"), noSpace],
    cause: /containers\[main\]\.resources\.limits\.memory is 128: that is 128 bytes, and neither/,
    decide: /^set .* to what was meant \(128Mi\?\)$/,
  },
];

test.each(CASES)("$name", ({ given, logs = [], cause, decide }) => {
  const findings = found(given, logs);
  expect(findings).toHaveLength(1);
  expect(findings[0]?.cause).toMatch(cause);
  expect(findings[0]?.fix).toEqual({ kind: "decision", summary: expect.stringMatching(decide) });
});

test("a memory limit in thousandths of a byte becomes mebibytes", () => {
  const findings = found([...small("128m"), noSpace]);
  expect(findings).toMatchObject([
    {
      analyzer: "unmeant-quantity",
      cause: expect.stringMatching(/is 128m: m stands for thousandths, which is less than a byte/),
      fix: {
        patch: [{ path: "/spec/template/spec/containers/0/resources/limits/memory", from: '"128m"', to: '"128Mi"' }],
      },
    },
  ]);
});

const mounted = {
  volumeMounts: [{ name: "etc", mountPath: "/etc/app.conf", subPath: "app.conf" }],
  readinessProbe: { exec: { command: ["check"] } },
};
const billing = (host: string) => [
  ...revised(
    app("web", {
      ready: false,
      spec: {
        containers: [{ name: "main", image: "app:1", ...mounted }],
        volumes: [{ name: "etc", configMap: { name: "settings" } }],
      },
    }),
    "Pod",
    {
      status: lostReady(4),
    },
  ),
  object("ConfigMap", "settings", {
    metadata: editedBy("kubectl-edit", "data", "app.conf"),
    data: { "app.conf": `db.host=${host}` },
  }),
  service("postgres-b"),
  event(
    { kind: "Pod", name: "web-0" },
    { reason: "Unhealthy", message: "Readiness probe failed: server can't find postgres-a.shop.svc: NXDOMAIN" },
  ),
];

test("a container that asks for what only its old configuration names", () => {
  const [finding] = found(billing("postgres-b"));
  expect(finding).toMatchObject({
    analyzer: "stale-configuration",
    cause: expect.stringMatching(/; it still asks for postgres-a, which its configuration no longer names$/),
    fix: { kind: "action", action: { type: "Restart" } },
  });
  expect(finding?.explains.map(({ symptom }) => symptom)).toContain("container main not ready");
});

test("a container that asks for what its configuration still names is not ready for another reason", () => {
  expect(
    found(billing("postgres-a"))
      .map(({ cause }) => cause)
      .join(),
  ).not.toContain("still asks");
});

const SILENT: readonly (readonly [string, readonly SnapshotObject[], readonly PodLog[], RegExp])[] = [
  [
    "a variable of its own",
    [...crashing({ env: [{ name: "REDIS_PORT", value: "x" }] }), redis],
    [atoi],
    /kubelet does/,
  ],
  ["no Service of that name", crashing({}), [said("web-0", "fatal: REDIS_PORT is no number")], /kubelet does/],
  [
    "a folder that is mounted",
    crashing({ ...migrations, ...at("/migrations") }, [ddl]),
    [said("web-0", none)],
    /no mount/,
  ],
  ["a folder of the image", crashing(at("/db/ddl"), [ddl]), [said("web-0", none)], /no mount/],
  [
    "an empty volume that an init container fills",
    app("web", {
      ...CRASHING,
      spec: {
        initContainers: [{ name: "init", volumeMounts: [{ name: "tmp", mountPath: "/out" }] }],
        containers: [{ name: "main", image: "app:1", volumeMounts: [{ name: "tmp", mountPath: "/app" }] }],
        volumes: [{ name: "tmp", emptyDir: {} }],
      },
    }),
    [said("web-0", "Error: Cannot find module '/app/server.js'")],
    /nobody else fills/,
  ],
  [
    "a file that was never made in an empty folder",
    crashing({ volumeMounts: [{ name: "tmp", mountPath: "/tmp" }] }, [{ name: "tmp", emptyDir: {} }]),
    [said("web-0", "fatal: open /tmp/app/socket: no such file")],
    /nobody else fills/,
  ],
  [
    "a library of the image",
    crashing({ volumeMounts: [{ name: "ddl", mountPath: "/var/lib" }] }, [ddl]),
    [said("web-0", "fatal: /usr/lib/libssl.so.3: no such file")],
    /no mount/,
  ],
  [
    "an address of its own that works",
    [...app("web", { spec: { hostAliases: [{ ip: "10.9.9.9", hostnames: ["redis"] }] } }), redis],
    [],
    /hostAliases/,
  ],
  ["a limit that is small", small("8Mi"), [], /limits\.memory is/],
  ["a tiny limit of what runs", app("web", { container: { resources: { limits: { memory: "1" } } } }), [], /is 1/],
];

test.each(SILENT)("nothing of it: %s", (_, given, logs, words) => {
  expect(found(given, logs).filter(({ cause }) => words.test(cause))).toEqual([]);
});

const paused = (text: string) => {
  const [workload, pod] = app("web", { spec: { containers: [{ name: "main", image: `app:${text}` }] } });
  const owner = ownedBy("Deployment", "web");
  const set = object("ReplicaSet", "web-r1", {
    metadata: { ...owner, annotations: { "deployment.kubernetes.io/revision": "1" } },
    spec: {
      replicas: 1,
      template: {
        metadata: { labels: { app: "web" } },
        spec: { ...(pod?.["spec"] as Fields), containers: [{ name: "main", image: "app:1" }] },
      },
    },
  });
  if (workload === undefined || pod === undefined) throw new Error("no workload");
  return [{ ...workload, spec: { ...(workload["spec"] as Fields), paused: true } }, set, pod] as SnapshotObject[];
};

test("a DaemonSet that waits for somebody to delete its pods is a note", () => {
  const waiting = revised(app("agent", { kind: "DaemonSet", replicas: 2 }), "DaemonSet", {
    spec: { updateStrategy: { type: "OnDelete" } },
    status: { updatedNumberScheduled: 0 },
  });
  expect(found(waiting)).toMatchObject([
    {
      severity: "info",
      cause: expect.stringMatching(
        /^DaemonSet agent does not roll out its newest template: .* OnDelete keeps 2 of 2 pods/,
      ),
    },
  ]);
});

test("a pause over a newer template is a note, and over the same one nothing", () => {
  expect(found(paused("2"))).toMatchObject([
    {
      analyzer: "held-template",
      severity: "info",
      cause: expect.stringMatching(
        /^Deployment web does not roll out its newest template, which changed .*image from app:1 to app:2: spec\.paused is true$/,
      ),
    },
  ]);
  expect(found(paused("1"))).toEqual([]);
});
