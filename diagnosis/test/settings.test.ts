import { expect, test } from "vitest";
import type { PodLog, SnapshotObject } from "../src/index.ts";
import { ended, event, type Fields, minutesAgo, waiting } from "./builders.ts";
import { app, CRASHING, found, object, ownedBy, revised, said, service } from "./objects.ts";

const crashing = (container: Fields) => app("web", { ...CRASHING, container });
const settings = (data: Fields) => object("ConfigMap", "settings", { data });
const fromSettings = (fields: Fields = {}) => ({ envFrom: [{ configMapRef: { name: "settings" }, ...fields }] });
const unset = said("web-0", "FATAL: BROKER_URL is not set");
const optionalKey = (key: string) => ({
  env: [{ name: "BROKER_URL", valueFrom: { configMapKeyRef: { name: "settings", key, optional: true } } }],
});
const noHost = said("web-0", "fatal: dial tcp: lookup orders-pg: no such host");
const env = (...pairs: readonly (readonly [string, string])[]) => ({
  env: pairs.map(([name, value]) => ({ name, value })),
});
const failed = said("web-0", "fatal: cannot fetch the feed");
const killed = { state: waiting("CrashLoopBackOff"), lastState: ended(137, { reason: "OOMKilled" }), restartCount: 5 };
const range = (memory: string) =>
  object("LimitRange", "defaults", { spec: { limits: [{ type: "Container", default: { memory } }] } });
/** The API server wrote the default into the pod alone. */
const limited = (limits: Fields) =>
  revised(app("web", { ready: false, status: killed, container: { resources: { limits } } }), "Deployment", {
    spec: { replicas: 1, template: { spec: { containers: [{ name: "main" }] } } },
  });
const caller = app("caller", { container: env(["API_URL", "http://web"]) });
const refused = said("caller-0", "error: connect to web port 80: connection refused");
const server = (address: string) => said("web-0", `listening on ${address}`);
const members = said("db-0", "fatal: lookup db-0.db-peers: no such host");

interface Case {
  readonly name: string;
  readonly given: readonly SnapshotObject[];
  readonly logs: readonly PodLog[];
  readonly subject: string;
  readonly cause: RegExp;
  readonly fix?: object;
}

const CASES: readonly Case[] = [
  {
    name: "a prefix that renames a variable",
    given: [...crashing(fromSettings({ prefix: "APP_" })), settings({ BROKER_URL: "x" })],
    logs: [unset],
    subject: "Deployment/web",
    cause:
      /env does not set BROKER_URL; envFrom\[0\]\.prefix APP_ makes key BROKER_URL of ConfigMap settings APP_BROKER_URL$/,
  },
  {
    name: "a variable of a similar name",
    given: [...crashing(fromSettings()), settings({ BROKER_URI: "x" })],
    logs: [unset],
    subject: "Deployment/web",
    cause: /env does not set BROKER_URL; ConfigMap settings gives it BROKER_URI$/,
  },
  {
    name: "a variable from an optional key that is not there",
    given: [...crashing(optionalKey("brokr")), settings({ broker: "x" })],
    logs: [unset],
    subject: "Deployment/web",
    cause:
      /env BROKER_URL of container main takes its value from key brokr of ConfigMap settings, which has no such key \(configMapKeyRef\.optional is true\); it has broker$/,
  },
  {
    name: "a variable used above its definition",
    given: crashing(env(["FEED", "http://$(UPSTREAM)/x"], ["UPSTREAM", "feeds.example.com"])),
    logs: [failed],
    subject: "Deployment/web",
    cause: /env\[FEED\] uses \$\(UPSTREAM\), which the same env sets further down/,
  },
  {
    name: "an argument with a variable that is not there",
    given: crashing({ ...env(["LISTEN_ADDR", "x"]), args: ["--listen=$(LISTEN_ADR)"] }),
    logs: [failed],
    subject: "Deployment/web",
    cause: /args\[0\] uses \$\(LISTEN_ADR\), which the container does not have, .*; it has LISTEN_ADDR$/,
  },
  {
    name: "a host in a setting of any name",
    given: [...crashing(fromSettings()), settings({ PGHOST: "orders-pg" }), service("order-pg"), ...app("order-pg")],
    logs: [noHost],
    subject: "ConfigMap/settings",
    cause: /^key PGHOST of ConfigMap\/settings names Service\/orders-pg .* the nearest is Service\/order-pg$/,
    fix: { patch: [{ path: "/data/PGHOST", from: '"orders-pg"', to: '"order-pg"' }] },
  },
  {
    name: "a memory limit that a LimitRange gives",
    given: [...limited({ memory: "20Mi" }), range("20Mi")],
    logs: [],
    subject: "Deployment/web",
    cause:
      /its limit of 20Mi, which LimitRange defaults gives to containers without one \(spec\.limits\[Container\]\.default\.memory\)/,
  },
  {
    name: "a server on the loopback address and its caller",
    given: [...app("web", { container: { ports: [{ containerPort: 8080 }] } }), service("web"), ...caller],
    logs: [server("127.0.0.1:8080"), refused],
    subject: "Deployment/web",
    cause:
      /^container main of Deployment\/web listens on 127\.0\.0\.1:8080 only, .*: callers of Service\/web are refused$/,
  },
  {
    name: "a server on the loopback address and its probe",
    given: [
      ...app("web", {
        ready: false,
        container: { args: ["--bind", "localhost:8080"], readinessProbe: { httpGet: { port: 8080 } } },
      }),
      event(
        { kind: "Pod", name: "web-0" },
        {
          reason: "Unhealthy",
          message:
            'Readiness probe failed: Get "http://10.0.0.1:8080/": dial tcp 10.0.0.1:8080: connect: connection refused',
        },
      ),
    ],
    logs: [],
    subject: "Deployment/web",
    cause: /listens on localhost:8080 only, .*: the kubelet's probe is refused$/,
  },
  {
    name: "members of a StatefulSet that need names of their own",
    given: [
      ...revised(app("db", { ...CRASHING, kind: "StatefulSet" }), "StatefulSet", { spec: { serviceName: "db" } }),
      service("db-peers", { clusterIP: "None", selector: { app: "db" }, publishNotReadyAddresses: true }),
    ],
    logs: [members],
    subject: "StatefulSet/db",
    cause:
      /spec\.serviceName db, which does not exist in its namespace; the headless Service of its pods is Service\/db-peers$/,
  },
];

test.each(CASES)("$name", ({ given, logs, subject, cause, fix = { kind: "decision" } }) => {
  const findings = found(given, logs);
  expect(findings.map((one) => `${one.subject.kind}/${one.subject.name}`)).toEqual([subject]);
  expect(findings[0]?.cause).toMatch(cause);
  expect(findings[0]?.fix).toMatchObject(fix);
});

const UNSAID: readonly (readonly [string, RegExp, readonly SnapshotObject[], readonly PodLog[]])[] = [
  [
    "a variable that envFrom gives, of a wrong value",
    /does not set/,
    [...crashing(fromSettings()), settings({ BROKER_URL: "" })],
    [said("web-0", "FATAL: BROKER_URL must be a URL")],
  ],
  [
    "a shell's own substitution, and an escaped one",
    /\$\(/,
    crashing({ command: ["sh", "-c", "x=$(date); echo $$(HOME)"] }),
    [failed],
  ],
  ["a variable of a Service", /\$\(/, crashing(env(["FEED", "$(WEB_SERVICE_HOST)"])), [failed]],
  ["a variable above its use", /\$\(/, crashing(env(["UPSTREAM", "y"], ["FEED", "$(UPSTREAM)"])), [failed]],
  [
    "a limit of its own",
    /LimitRange/,
    [
      ...app("web", { ready: false, status: killed, container: { resources: { limits: { memory: "20Mi" } } } }),
      range("20Mi"),
    ],
    [],
  ],
  [
    "a server on all addresses",
    /listens on/,
    [...app("web"), service("web"), ...caller],
    [server("0.0.0.0:8080"), refused],
  ],
  [
    "another port on the loopback address",
    /listens on/,
    [...app("web"), service("web"), ...caller],
    [server("127.0.0.1:9090"), refused],
  ],
  ["a loopback server that nobody calls", /listens on/, [...app("web"), service("web")], [server("127.0.0.1:8080")]],
];

test.each(UNSAID)("unsaid: %s", (_, words, given, logs) => {
  expect(found(given, logs).filter(({ cause }) => words.test(cause))).toEqual([]);
});

test("a deployment that is well keeps its settings to itself", () => {
  const startedAt = minutesAgo(50);
  const well = app("web", {
    container: env(["FEED", "$(LATER)"], ["LATER", "y"]),
    status: { state: { running: { startedAt } } },
  });
  expect(found(well)).toEqual([]);
});

const peers = (publish: boolean) => [
  ...revised(app("db", { ready: false, kind: "StatefulSet" }), "StatefulSet", { spec: { serviceName: "db" } }),
  service("db", { clusterIP: "None", publishNotReadyAddresses: publish }),
];
const peer = said("db-0", "error: waiting for peer db-0.db: no such host");
const tier = { env: [{ name: "TIER", valueFrom: { fieldRef: { fieldPath: "metadata.labels['tier']" } } }] };
const waitsFor = (host: string): SnapshotObject[] =>
  revised(
    app("web", {
      ready: false,
      spec: {
        initContainers: [{ name: "wait", command: ["sh", "-c", `until curl -s http://${host}/; do sleep 1; done`] }],
      },
    }),
    "Pod",
    {
      status: {
        phase: "Pending",
        initContainerStatuses: [{ name: "wait", restartCount: 0, state: { running: { startedAt: minutesAgo(9) } } }],
      },
    },
  );
const nightly = object("CronJob", "nightly", { spec: { schedule: "0 1 * * *" } });
const stopped = {
  ...object("Job", "nightly-1", {
    metadata: ownedBy("CronJob", "nightly"),
    spec: { activeDeadlineSeconds: 6, template: { spec: { containers: [{ name: "main" }] } } },
    status: {
      conditions: [{ type: "Failed", status: "True", reason: "DeadlineExceeded", lastTransitionTime: minutesAgo(1) }],
    },
  }),
};

const MORE: readonly (readonly [string, readonly SnapshotObject[], readonly PodLog[], string, RegExp])[] = [
  [
    "peers that look for each other before they are ready",
    peers(false),
    [peer],
    "StatefulSet/db",
    /spec\.publishNotReadyAddresses is not true/,
  ],
  [
    "a label that the pods do not carry",
    crashing(tier),
    [said("web-0", "TIER must be gold")],
    "Deployment/web",
    /env TIER of container main takes its value from metadata\.labels\['tier'\], which the pods of Deployment web do not carry/,
  ],
  [
    "an address with a line break",
    [...crashing(fromSettings()), settings({ API_URL: "http://x\n" })],
    [failed],
    "Deployment/web",
    /key API_URL of ConfigMap settings, .* has white space or a line break/,
  ],
  [
    "an init container that waits for its own pods",
    [...waitsFor("web"), service("web")],
    [],
    "Deployment/web",
    /it asks Service\/web, whose only pods are those of Deployment\/web itself, which start after it$/,
  ],
  [
    "a deadline of a CronJob that is too short",
    [nightly, stopped],
    [],
    "CronJob/nightly",
    /spec\.jobTemplate\.spec\.activeDeadlineSeconds 6 of CronJob nightly ends it after 6 s/,
  ],
];

test.each(MORE)("%s", (_, given, logs, subject, cause) => {
  const findings = found(given, logs);
  expect(findings.map((one) => `${one.subject.kind}/${one.subject.name}`)).toEqual([subject]);
  expect(findings[0]?.cause).toMatch(cause);
});

const LESS: readonly (readonly [string, RegExp, readonly SnapshotObject[], readonly PodLog[]])[] = [
  ["names that are published before the pods are ready", /publishNotReady/, peers(true), [peer]],
  [
    "a file that ends with a line break",
    /white space/,
    [...crashing(fromSettings()), settings({ "app.conf": "mode=x\n" })],
    [failed],
  ],
  [
    "an init container that waits for another",
    /itself/,
    [...waitsFor("db"), service("web"), service("db"), ...app("db")],
    [],
  ],
];

test.each(LESS)("unsaid: %s", (_, words, given, logs) => {
  expect(found(given, logs).filter(({ cause }) => words.test(cause))).toEqual([]);
});
