import { describe, expect, test } from "vitest";
import type { SnapshotObject } from "../src/index.ts";
import { event, type Fields, minutesAgo } from "./builders.ts";
import { app, causes, found, listens, object, said, service } from "./objects.ts";

describe("rights in another place", () => {
  const robot = [object("ServiceAccount", "robot"), ...app("robot", { spec: { serviceAccountName: "robot" } })];
  const refused = (resource: string, place: string) =>
    said(
      "robot-0",
      `${resource} is forbidden: User "system:serviceaccount:shop:robot" cannot list resource "${resource}" in API group "" ${place}`,
    );
  const role = (resource: string) =>
    object("ClusterRole", "reader", { rules: [{ apiGroups: [""], resources: [resource], verbs: ["list"] }] });
  const binding = object("RoleBinding", "robot", {
    roleRef: { kind: "ClusterRole", name: "reader" },
    subjects: [{ kind: "ServiceAccount", name: "robot", namespace: "shop" }],
  });
  const everybody = object("ClusterRoleBinding", "system:basic-user", {
    roleRef: { kind: "ClusterRole", name: "system:basic-user" },
    subjects: [{ kind: "Group", name: "system:authenticated" }],
  });
  const basic = object("ClusterRole", "system:basic-user", { rules: [] });

  test.each([
    ["nodes", "at the cluster scope", "at the cluster scope"],
    ["pods", 'in the namespace "bank"', "in namespace bank"],
  ])("%s %s", (resource, place, words) => {
    const [finding, ...others] = found([...robot, role(resource), binding], [refused(resource, place)]);
    expect(others).toEqual([]);
    expect(finding?.subject).toMatchObject({ kind: "RoleBinding", name: "robot" });
    expect(finding?.cause).toContain(
      `RoleBinding/robot grants ClusterRole/reader in its own namespace shop alone, not ${words}; `,
    );
    expect(finding?.fix?.kind).toBe("decision");
  });

  test("what everybody has is nobody's mistake", () => {
    const [finding] = found([...robot, basic, everybody], [refused("nodes", "at the cluster scope")]);
    expect(finding?.subject).toMatchObject({ kind: "Deployment", name: "robot" });
  });
});

describe("Jobs that a quota does not let be created", () => {
  const message =
    'Error creating job: jobs.batch "tick-1" is forbidden: exceeded quota: batch, requested: count/jobs.batch=1, used: count/jobs.batch=2, limited: count/jobs.batch=2';
  const cron = (fields: Fields = {}) =>
    object("CronJob", "tick", {
      spec: { schedule: "* * * * *", jobTemplate: { spec: { template: { spec: { containers: [] } } } } },
      ...fields,
    });
  const quota = object("ResourceQuota", "batch", {
    spec: { hard: { "count/jobs.batch": "2" } },
    status: { used: { "count/jobs.batch": "2" } },
  });
  const failed = event({ kind: "CronJob", name: "tick" }, { reason: "FailedCreate", message });

  test("the quota is named", () => {
    expect(found([cron(), quota, failed])[0]).toMatchObject({
      subject: { kind: "ResourceQuota", name: "batch" },
      cause:
        "ResourceQuota batch is used up, so that Jobs of CronJob tick cannot be created (count/jobs.batch: 2 of 2 used, one more Job asks 1)",
      explains: [{ subject: { kind: "CronJob", name: "tick" } }],
    });
  });

  test.each([
    ["a Job was made since", { status: { lastScheduleTime: minutesAgo(0) } }],
    ["it is suspended", { spec: { schedule: "* * * * *", suspend: true } }],
  ])("silent: %s", (_, fields) => {
    expect(found([cron(fields), quota, failed])).toEqual([]);
  });
});

describe("a name server that may be asked by TCP alone", () => {
  const dns = (...protocols: readonly string[]) =>
    object("NetworkPolicy", "out", {
      spec: {
        podSelector: { matchLabels: { app: "front" } },
        policyTypes: ["Egress"],
        egress: [{ ports: [...protocols.map((protocol) => ({ port: 53, protocol })), { port: 8080 }] }],
      },
    });
  const given = [
    service("db"),
    ...app("db", { container: listens(8080) }),
    ...app("front", { container: { env: [{ name: "DB_URL", value: "http://db" }] } }),
  ];

  test("is none", () => {
    expect(found([...given, dns("TCP")])[0]?.cause).toBe(
      "NetworkPolicy/out lets no pod of Deployment/front ask a name server: no egress rule opens port 53 by UDP, and env DB_URL of container main names db",
    );
  });

  test("silent: by UDP", () => {
    expect(found([...given, dns("UDP")])).toEqual([]);
  });
});

describe("one path of one host, two Ingresses", () => {
  const claims = (name: string, to: string, fields: Fields = {}) =>
    object("Ingress", name, {
      metadata: { annotations: fields["annotations"] ?? {} },
      spec: {
        ingressClassName: "nginx",
        rules: [
          {
            host: "shop.example",
            http: {
              paths: [
                {
                  path: fields["path"] ?? "/",
                  pathType: "Prefix",
                  backend: { service: { name: to, port: { number: 80 } } },
                },
              ],
            },
          },
        ],
      },
      status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } },
    });
  const backends = ["v1", "v2"].flatMap((name) => [service(name), ...app(name, { container: listens(8080) })]);
  const base = [object("IngressClass", "nginx"), ...backends];
  const conflicts = (...ingresses: readonly SnapshotObject[]) =>
    causes([...base, ...ingresses]).filter((cause) => cause.includes("both claim"));

  test("are in each other's way", () => {
    expect(conflicts(claims("new", "v2"), claims("old", "v1"))).toEqual([
      "Ingress/new and Ingress/old both claim shop.example/: for Service/v2 port 80 in namespace shop and for Service/v1 port 80 in namespace shop; one of them gets no requests",
    ]);
  });

  test.each([
    ["other paths", claims("new", "v2", { path: "/v2" })],
    ["the same Service", claims("new", "v1")],
    ["a canary", claims("new", "v2", { annotations: { "nginx.ingress.kubernetes.io/canary": "true" } })],
  ])("silent: %s", (_, other) => {
    expect(conflicts(claims("old", "v1"), other)).toEqual([]);
  });
});

describe("a workload at zero that a Service selects", () => {
  test("and nobody calls or took down is only mentioned", () => {
    expect(found([service("spare"), ...app("spare", { replicas: 0 })])).toMatchObject([{ severity: "info" }]);
  });
});
