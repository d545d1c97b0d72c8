import { describe, expect, test } from "vitest";
import type { PodLog } from "../src/index.ts";
import { ended, event, type Fields, minutesAgo, waiting } from "./builders.ts";
import { app, found, listens, object, said, service } from "./objects.ts";

/** A server that is not ready since the probe of port 8080 is refused, and what its ConfigMap says. */
interface Parts {
  readonly data: Fields;
  readonly container?: Fields;
  readonly mount?: Fields;
  readonly status?: Fields;
}
const probe = { readinessProbe: { httpGet: { path: "/", port: "http" }, periodSeconds: 5 } };
const site = ({
  data,
  container = {},
  mount = { volumeMounts: [{ name: "etc", mountPath: "/etc/conf.d" }] },
  status = {},
}: Parts) => [
  ...app("site", {
    ready: false,
    spec: {
      containers: [{ name: "main", image: "app:1", ...listens(8080), ...probe, ...mount, ...container }],
      volumes: [{ name: "etc", configMap: { name: "conf" } }],
    },
    status: { state: { running: { startedAt: minutesAgo(5) } }, ...status },
  }),
  service("site"),
  object("ConfigMap", "conf", { data }),
  event(
    { kind: "Pod", name: "site-0" },
    {
      reason: "Unhealthy",
      message:
        'Readiness probe failed: Get "http://10.0.0.1:8080/": dial tcp 10.0.0.1:8080: connect: connection refused',
    },
  ),
];
const nginx = "server {\n  listen 8081;\n  root /www;\n}\n";

describe("a server that its ConfigMap tells to listen elsewhere", () => {
  test("the key, both ports and what leads to the other one are named", () => {
    const findings = found(site({ data: { "default.conf": nginx } }));
    expect(findings).toMatchObject([
      {
        analyzer: "configured-port",
        subject: { kind: "Deployment", name: "site" },
        cause:
          "container main of Deployment/site is told to listen on port 8081 by key default.conf of ConfigMap/conf, while its probe, its containerPort and targetPort of Service/site lead to port 8080, where nobody listens",
        fix: {
          kind: "decision",
          summary: expect.stringMatching(/^let key default\.conf of ConfigMap\/conf say port 8080/),
        },
      },
    ]);
    expect(findings[0]?.explains).toContainEqual({
      subject: expect.objectContaining({ kind: "Service", name: "site" }),
      symptom: "has no ready endpoint",
    });
  });

  test.each([
    ["YAML", { "app.yaml": "server:\n  port: 8081\ndb:\n  port: 5432\n" }],
    ["properties", { "app.properties": "server.port=8081\ndb.port=5432\n" }],
    ["HAProxy", { "haproxy.cfg": "frontend web\n  bind *:8081\n" }],
  ])("in %s", (_, data) => {
    expect(found(site({ data }))[0]?.cause).toMatch(
      /^container main of Deployment\/site is told to listen on port 8081 by key /,
    );
  });

  test("in a key that it takes as env", () => {
    const given = site({ data: { PORT: "8081" }, mount: { envFrom: [{ configMapRef: { name: "conf" } }] } });
    expect(found(given)[0]?.cause).toMatch(/port 8081 by key PORT of ConfigMap\/conf/);
  });

  test("and that its liveness probe kills for it", () => {
    const given = site({
      data: { "default.conf": nginx },
      status: { restartCount: 3, state: waiting("CrashLoopBackOff"), lastState: ended(137) },
    });
    const killing = event(
      { kind: "Pod", name: "site-0" },
      { reason: "Killing", message: "Container main failed liveness probe, will be restarted" },
    );
    expect(found([...given, killing]).map(({ analyzer }) => analyzer)).toEqual(["configured-port"]);
  });

  test.each<readonly [string, readonly PodLog[], Parts]>([
    [
      "it waits for somebody",
      [said("site-0", "waiting for db:5432: connection refused")],
      { data: { "default.conf": nginx } },
    ],
    [
      "it ends by itself",
      [],
      {
        data: { "default.conf": nginx },
        status: { restartCount: 3, state: waiting("CrashLoopBackOff"), lastState: ended(1) },
      },
    ],
  ])("silent: %s", (_, logs, parts) => {
    const analyzers = found(site(parts), logs).map(({ analyzer }) => analyzer);
    expect(analyzers).toHaveLength(1);
    expect(analyzers).not.toContain("configured-port");
  });

  test.each<readonly [string, Parts]>([
    ["one of its ports is the one that is asked", { data: { "default.conf": `${nginx}server {\n listen 8080;\n}` } }],
    ["its own arguments name the port", { data: { "default.conf": nginx }, container: { args: ["--port=8080"] } }],
    ["it is the port of a database", { data: { "app.ini": "[database]\nport = 5432\n" } }],
    ["another container reads the ConfigMap", { data: { "default.conf": nginx }, mount: {} }],
    [
      "it declares that port alone",
      {
        data: { "default.conf": nginx },
        container: { ...listens(8081), readinessProbe: { tcpSocket: { port: 8080 } } },
      },
    ],
  ])("silent: %s", (_, parts) => {
    expect(found(site(parts)).map(({ analyzer }) => analyzer)).toEqual(["not-ready"]);
  });
});
