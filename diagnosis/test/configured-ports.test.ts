import { describe, expect, test } from "vitest";
import { event, type Fields, minutesAgo } from "./builders.ts";
import { app, found, listens, object, service } from "./objects.ts";

/** A server that is not ready since the probe of port 8080 is refused, and what its ConfigMap says. */
interface Parts {
  readonly data: Fields;
  readonly container?: Fields;
  readonly mount?: Fields;
}
const probe = { readinessProbe: { httpGet: { path: "/", port: "http" }, periodSeconds: 5 } };
const site = ({
  data,
  container = {},
  mount = { volumeMounts: [{ name: "etc", mountPath: "/etc/conf.d" }] },
}: Parts) => [
  ...app("site", {
    ready: false,
    spec: {
      containers: [{ name: "main", image: "app:1", ...listens(8080), ...probe, ...mount, ...container }],
      volumes: [{ name: "etc", configMap: { name: "conf" } }],
    },
    status: { state: { running: { startedAt: minutesAgo(5) } } },
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
          "container main is told to listen on port 8081 by key default.conf of ConfigMap/conf, and the probe, containerPort, targetPort of Service/site of Deployment/site asks port 8080, where nobody listens",
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
    expect(found(site({ data }))[0]?.cause).toMatch(/^container main is told to listen on port 8081 by key /);
  });

  test("in a key that it takes as env", () => {
    const given = site({ data: { PORT: "8081" }, mount: { envFrom: [{ configMapRef: { name: "conf" } }] } });
    expect(found(given)[0]?.cause).toMatch(/port 8081 by key PORT of ConfigMap\/conf/);
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
