import { findingSchema } from "@sre-agent/crds";
import { describe, expect, test } from "vitest";
import type { PodLog, SnapshotObject } from "../src/index.ts";
import { event } from "./builders.ts";
import { app, CRASHING, causes, editedBy, found, ingressTo, listens, said, service } from "./objects.ts";

const web = app("web", { container: listens(8080) });
const both = [
  { name: "http", containerPort: 8080 },
  { name: "metrics", containerPort: 9100 },
];
const patched = (path: string, from: string | undefined, to: string | undefined) => ({
  kind: "patch",
  patch: [{ path, ...(from ? { from } : {}), ...(to ? { to } : {}) }],
});

interface Case {
  readonly name: string;
  readonly given: readonly SnapshotObject[];
  readonly logs?: readonly PodLog[];
  readonly cause: string;
  readonly subject: string;
  readonly fix?: object;
}

const SERVICES: readonly Case[] = [
  {
    name: "a selector of another value",
    given: [...web, ...app("cart"), service("web", { selector: { app: "web-v2" } })],
    subject: "Service/web",
    cause: "Service/web selects app=web-v2, which no pod carries; the pods of Deployment/web carry app=web",
    fix: patched("/spec/selector/app", '"web-v2"', '"web"'),
  },
  {
    name: "a selector with a label too many",
    given: [...web, service("web", { selector: { app: "web", tier: "front" } })],
    subject: "Service/web",
    cause:
      "Service/web selects app=web,tier=front, which no pod carries; the pods of Deployment/web carry no label tier",
    fix: patched("/spec/selector/tier", '"front"', undefined),
  },
  {
    name: "a number that no port of the pods has",
    given: [...web, service("web", { ports: [{ port: 80, targetPort: 9090 }] })],
    subject: "Service/web",
    cause: "Service/web port 80 sends to targetPort 9090; its pods listen on http (8080) (Deployment/web)",
    fix: patched("/spec/ports/0/targetPort", "9090", "8080"),
  },
  {
    name: "two ports that are crossed, by name and by number",
    given: [
      ...app("web", { container: { ports: both } }),
      service("web", {
        ports: [
          { name: "http", port: 80, targetPort: "metrics" },
          { name: "metrics", port: 9100, targetPort: 8080 },
        ],
      }),
    ],
    subject: "Service/web",
    cause:
      "Service/web has two ports crossed: port http (80) leads to port metrics of its pods (spec.ports[http].targetPort metrics), and port metrics (9100) to http (spec.ports[metrics].targetPort 8080)",
    fix: {
      kind: "patch",
      patch: [
        { path: "/spec/ports/0/targetPort", from: '"metrics"', to: '"http"' },
        { path: "/spec/ports/1/targetPort", from: "8080", to: '"metrics"' },
      ],
    },
  },
  {
    name: "a number beside what the command listens on",
    given: [
      ...app("web", { container: { command: ["httpd", "-f", "-p", "8080"] } }),
      service("web", { ports: [{ port: 80, targetPort: 80 }] }),
    ],
    subject: "Service/web",
    cause: "Service/web port 80 sends to targetPort 80; its pods listen on 8080 (Deployment/web)",
    fix: { kind: "patch" },
  },
  {
    name: "a name that no port of the pods has",
    given: [...web, service("web", { ports: [{ name: "http", port: 80, targetPort: "web" }] })],
    subject: "Service/web",
    cause:
      'Service/web port http (80) has targetPort "web", a name that no port of its pods has; the ports of its pods are http (8080) (Deployment/web)',
    fix: patched("/spec/ports/0/targetPort", '"web"', '"http"'),
  },
  {
    name: "another protocol",
    given: [...web, service("web", { ports: [{ port: 80, targetPort: 8080, protocol: "UDP" }] })],
    subject: "Service/web",
    cause: "Service/web port 80 has protocol UDP; the port 8080 of its pods is TCP (Deployment/web)",
    fix: patched("/spec/ports/0/protocol", '"UDP"', '"TCP"'),
  },
  {
    name: "zero replicas behind a Service, with the count it had",
    given: [
      ...app("web", { replicas: 0 }),
      service("web"),
      event(
        { kind: "Deployment", name: "web" },
        { type: "Normal", reason: "ScalingReplicaSet", message: "Scaled down replica set web-5d from 3 to 0" },
      ),
    ],
    subject: "Deployment/web",
    cause: "Deployment/web has spec.replicas 0, so that Service/web, which selects its pods, has no endpoint",
    fix: { kind: "action", action: { type: "Scale", parameters: { replicas: 3 } } },
  },
];

describe("Services", () => {
  test.each(SERVICES)("$name", ({ given, logs, cause, subject, fix }) => {
    const findings = found(given, logs);
    expect(findings.map((finding) => finding.cause)).toEqual([cause]);
    expect(`${findings[0]?.subject.kind}/${findings[0]?.subject.name}`).toBe(subject);
    expect(findings[0]?.fix).toMatchObject(fix ?? { kind: "decision" });
    expect(() => findingSchema.parse(findings[0])).not.toThrow();
  });

  test("the selector's last editor is the change", () => {
    const edited = service("web", { selector: { app: "wob" } }, editedBy("kubectl-patch", "spec", "selector"));
    expect(found([...web, edited])[0]?.change).toMatchObject({
      by: "kubectl-patch",
      what: "spec.selector was written",
    });
  });

  test("an Ingress in front is explained", () => {
    const [finding] = found([...web, service("web", { selector: { app: "wob" } }), ingressTo("web")]);
    expect(finding?.subject.kind).toBe("Service");
    expect(finding?.explains.map(({ subject }) => subject.kind)).toContain("Ingress");
  });

  test.each<readonly [string, readonly SnapshotObject[]]>([
    ["a right Service", [...web, service("web")]],
    [
      "a Service's port of one name that leads to a port of another, by a proxy in front",
      [
        ...app("web", { container: { ports: [...both, { name: "proxy", containerPort: 4180 }] } }),
        service("web", {
          ports: [
            { name: "http", port: 80, targetPort: "proxy" },
            { name: "metrics", port: 9100, targetPort: "metrics" },
          ],
        }),
      ],
    ],
    ["zero replicas without a Service", app("web", { replicas: 0 })],
    [
      "zero replicas that an annotation explains",
      [
        ...app("web", { replicas: 0, metadata: { annotations: { "shop.example/parked": "until spring" } } }),
        service("web"),
      ],
    ],
    ["a selector of nothing at all that nobody uses", [...web, service("later", { selector: { run: "zzz" } })]],
    ["no selector and Endpoints by hand", [service("db", { selector: {} })]],
    ["an ExternalName outside", [service("db", { type: "ExternalName", externalName: "db.example.com" })]],
    [
      "a second port that is not declared",
      [
        ...web,
        service("web", {
          ports: [
            { name: "a", port: 80, targetPort: 8080 },
            { name: "m", port: 9100 },
          ],
        }),
      ],
    ],
    ["pods that declare nothing", [...app("web"), service("web")]],
    [
      "a port that only the arguments name",
      [...app("web", { container: { ...listens(1), args: ["--listen=:8080"] } }), service("web")],
    ],
    [
      "one of two pods ready, by leader election",
      [
        ...app("web", { container: listens(8080) }),
        ...app("standby", { ready: false, labels: { app: "web" } }),
        service("web"),
      ],
    ],
    [
      "a role that nobody has just now",
      [...app("db", { container: listens(5432) }), service("db-replica", { selector: { app: "db", role: "replica" } })],
    ],
  ])("silent: %s", (_, given) => {
    expect(found(given).filter(({ severity }) => severity === "critical" || severity === "error")).toEqual([]);
  });
});

test("a Service for one role is not opened to all", () => {
  const given = [
    ...app("db", { container: listens(5432) }),
    service("db-primary", { selector: { app: "db", role: "primary" } }),
  ];
  expect(found(given)).toMatchObject([{ severity: "warning", fix: { kind: "decision" } }]);
});

describe("chains", () => {
  const calls = (name: string, host: string, parts = {}) =>
    app(name, { container: { env: [{ name: "API_URL", value: `http://${host}:80` }] }, ...parts });

  test("a client that fails for a Service without pods is explained by the Service", () => {
    const findings = found(
      [...calls("front", "web", CRASHING), ...web, service("web", { selector: { app: "wob" } })],
      [said("front-0", "error: connect to web:80: connection refused")],
    );
    expect(findings).toHaveLength(1);
    expect(findings[0]?.subject.name).toBe("web");
    expect(findings[0]?.explains).toContainEqual(
      expect.objectContaining({ subject: expect.objectContaining({ kind: "Deployment", name: "front" }) }),
    );
  });

  test("front fails because the Service of back is empty because back crashes", () => {
    const findings = found(
      [...calls("front", "back", CRASHING), ...app("back", { ...CRASHING, container: listens(8080) }), service("back")],
      [said("front-0", "fatal: dial tcp back:80: i/o timeout"), said("back-0", "fatal: KEY is not set")],
    );
    expect(findings).toHaveLength(1);
    expect(findings[0]?.cause).toContain("KEY is not set");
    expect(findings[0]?.explains.map(({ subject }) => `${subject.kind}/${subject.name}`)).toEqual(
      expect.arrayContaining(["Service/back", "Deployment/front"]),
    );
  });

  test("a client with a cause of its own stays a finding of its own", () => {
    const given = [...calls("front", "web", CRASHING), ...web, service("web", { selector: { app: "wob" } })];
    expect(causes(given, [said("front-0", "fatal: LICENSE is not set")])).toHaveLength(2);
  });
});
