import { describe, expect, test } from "vitest";
import { event, type Fields, log, minutesAgo } from "./builders.ts";
import { app, causes, found, listens, object, said, service } from "./objects.ts";

const clientOf = (url: string, spec: Fields = {}) =>
  app("front", { container: { env: [{ name: "DB_URL", value: url }] }, spec });
const says = (text: string) => ({ ...said("front-0", text), previous: false });

describe("endpoints that are made by hand", () => {
  const database = (portName?: string) =>
    service("db", { selector: undefined, ports: [{ ...(portName ? { name: portName } : {}), port: 5432 }] });
  const slice = (portName?: string, endpoints: readonly Fields[] = [{ addresses: ["10.9.9.9"] }]) =>
    object("EndpointSlice", "db-1", {
      metadata: { labels: { "kubernetes.io/service-name": "db" } },
      ports: [{ ...(portName ? { name: portName } : {}), port: 5432 }],
      endpoints,
    });

  test("a port of another name leads nowhere", () => {
    const [finding, ...others] = found(
      [database("pg"), slice("postgres"), ...clientOf("postgres://db:5432")],
      [says("ERROR connect to db:5432: connection refused")],
    );
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      subject: { kind: "Service", name: "db" },
      severity: "error",
      cause:
        "Service/db calls its port 5432 pg, and EndpointSlice/db-1 has ports[].name postgres: ports are matched by name, so that it leads nowhere",
      explains: [{ subject: { kind: "Deployment", name: "front" } }],
      fix: {
        kind: "patch",
        target: { kind: "EndpointSlice", name: "db-1" },
        patch: [{ path: "/ports/0/name", from: '"postgres"', to: '"pg"' }],
      },
    });
  });

  test("a port without a name is not one with a name", () => {
    expect(causes([database("pg"), slice()])[0]).toContain("has ports[].name (no name)");
    expect(found([database(), slice("pg")])[0]?.fix?.kind).toBe("decision");
  });

  test.each([
    ["the same name", [database("pg"), slice("pg")]],
    ["no name on both sides", [database(), slice()]],
    ["no endpoints, and nobody calls", [database("pg"), slice("postgres", [])]],
    ["endpoints of a controller", [service("db"), ...app("db"), slice("postgres")]],
  ])("silent: %s", (_, given) => {
    expect(found(given)).toEqual([]);
  });
});

describe("a name that stands for another one", () => {
  const alias = service("db", {
    type: "ExternalName",
    externalName: "sql.data.svc.cluster.local",
    selector: undefined,
  });
  const lost = says("ERROR curl: (6) Could not resolve host: db");

  test("what its client does not resolve does not exist", () => {
    const [finding, ...others] = found([alias, ...clientOf("http://db:80")], [lost]);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      subject: { kind: "Service", name: "db" },
      cause: "Service/db has spec.externalName sql.data.svc.cluster.local, which does not resolve",
      explains: [{ subject: { kind: "Deployment", name: "front" } }],
    });
  });

  const meaning = (externalName: string) => service("db", { type: "ExternalName", externalName, selector: undefined });
  const sql = [...app("sql"), service("sql"), object("Namespace", "shop"), object("Namespace", "data")];

  test.each([
    [
      "sql.shop.cluster.local",
      "which lacks svc before cluster.local: the name of the Service is sql.shop.svc.cluster.local",
    ],
    [
      "sql.shop",
      "which is not the whole name of Service/sql: an alias knows no search domains; it is sql.shop.svc.cluster.local",
    ],
    [
      "sql.shop.svc",
      "which is not the whole name of Service/sql: an alias knows no search domains; it is sql.shop.svc.cluster.local",
    ],
    ["sql.shp.svc.cluster.local", "and namespace shp does not exist; namespace shop has Service/sql"],
    ["sqll.shop.svc.cluster.local", "and Service/sqll does not exist in namespace shop; the nearest is Service/sql"],
    ["10.0.0.5", "an address, and DNS makes an alias of a name alone"],
  ])("%s", (name, words) => {
    expect(found([...sql, meaning(name)])).toMatchObject([
      { severity: "warning", cause: `Service/db has spec.externalName ${name}, ${words}` },
    ]);
    expect(found([...sql, meaning(name), ...clientOf("http://db:80")])[0]).toMatchObject({ severity: "error" });
  });

  test("a Service of the same name elsewhere is named where the alias leads to a namespace that was not read", () => {
    const given = [...sql, meaning("sql.data.svc.cluster.local"), ...clientOf("http://db:80")];
    expect(causes(given, [lost])[0]).toBe(
      "Service/db has spec.externalName sql.data.svc.cluster.local, which does not resolve; namespace shop has Service/sql",
    );
    expect(found(given, [lost])[0]?.fix?.summary).toContain("(sql.shop.svc.cluster.local, if that is meant)");
    expect(found(given)).toEqual([]);
  });

  test("is never its own candidate", () => {
    const [finding] = found([...sql, meaning("db.shp.svc.cluster.local")]);
    expect(finding?.cause).toMatch(
      /db\.shp\.svc\.cluster\.local, and namespace shp does not exist; the nearest is namespace shop$/,
    );
    expect(finding?.fix?.summary).not.toContain("db.shop.svc");
  });

  test("takes the port along", () => {
    const [finding] = found([...sql, meaning("sql.shop.svc.cluster.local"), ...clientOf("http://db:8080")]);
    expect(finding?.cause).toBe(
      "Deployment/front: env DB_URL of container main names port 8080 of Service/db, which stands for Service/sql, which has http (80)",
    );
    expect(found([...sql, meaning("sql.shop.svc.cluster.local"), ...clientOf("http://db:80")])).toEqual([]);
  });

  test.each([
    [
      "a client that resolves it by now",
      [alias, ...clientOf("http://db:80")],
      [says(`${lost.text}\nGET http://db ok`)],
    ],
    [
      "a client that resolves nothing",
      [
        alias,
        service("cache"),
        ...app("cache"),
        ...clientOf("http://db:80"),
        ...app("front", {
          container: {
            env: [
              { name: "DB_URL", value: "http://db:80" },
              { name: "CACHE_URL", value: "http://cache:80" },
            ],
          },
        }),
      ],
      [says(`${lost.text}\nERROR Could not resolve host: cache`)],
    ],
    [
      "a client that no policy lets out",
      [
        alias,
        object("NetworkPolicy", "closed", {
          spec: { podSelector: { matchLabels: { app: "front" } }, policyTypes: ["Egress"] },
        }),
        ...clientOf("http://db:80"),
      ],
      [lost],
    ],
  ])("silent: %s", (_, given, logs) => {
    expect(found(given, logs).filter(({ subject }) => subject.name === "db")).toEqual([]);
  });

  test("the client's own name server is the fault, where the client says so", () => {
    const own = { dnsPolicy: "None", dnsConfig: { nameservers: ["10.96.0.53"], searches: ["shop.svc.cluster.local"] } };
    const given = [service("api"), ...app("api", { container: listens(8080) }), ...clientOf("http://api:80", own)];
    const [finding, ...others] = found(given, [says("ERROR Could not resolve host: api")]);
    expect(others).toEqual([]);
    expect(finding?.cause).toMatch(
      /^Deployment\/front has spec.template.spec.dnsPolicy None with dnsConfig.nameservers 10.96.0.53, which do not know Services/,
    );
    expect(found(given, [log("front-0", "all is well")])).toEqual([]);
  });
});

describe("a named port that some pods have", () => {
  const both = (second: string) => [
    service("ui", { selector: { tier: "ui" }, ports: [{ name: "http", port: 80, targetPort: "web" }] }),
    ...app("ui-v1", { labels: { tier: "ui", v: "1" }, container: listens(8080, "web") }),
    ...app("ui-v2", { labels: { tier: "ui", v: "2" }, container: listens(8080, second) }),
  ];

  test("the others get no traffic", () => {
    expect(found(both("http")).find(({ cause }) => cause.includes("targetPort"))).toMatchObject({
      severity: "warning",
      cause:
        'Service/ui port http (80) has targetPort "web", which Deployment/ui-v1 has and Deployment/ui-v2 has not (its ports are http (8080)): the ready pods of Deployment/ui-v2 get no traffic',
    });
  });

  test("silent: all have it", () => {
    expect(causes(both("web")).filter((cause) => cause.includes("targetPort"))).toEqual([]);
  });
});

test("a load balancer without an address names the class that nobody serves", () => {
  const given = [...app("edge"), service("edge", { type: "LoadBalancer", loadBalancerClass: "example.com/internal" })];
  expect(causes(given)).toEqual([
    "Service/edge of type LoadBalancer has no address from outside: no controller of spec.loadBalancerClass example.com/internal gave it one",
  ]);
});

describe("pods that are called by their subdomain", () => {
  const pods = (name: string) =>
    app("node", {
      container: { command: ["curl", "http://a.peers:8080/"] },
      spec: { hostname: "a", subdomain: name },
    });
  const lost = { ...said("node-0", "curl: (6) Could not resolve host: a.peers"), previous: false };
  const peer = service("peer", { clusterIP: "None", selector: { app: "node" } });

  test("need a Service of that name", () => {
    expect(found([...pods("peers"), peer], [lost])).toMatchObject([
      {
        severity: "error",
        subject: { kind: "Deployment", name: "node" },
        cause:
          "spec.template.spec.subdomain of Deployment/node is peers, and no Service has that name (the nearest is Service/peer), so that a.peers does not resolve",
      },
    ]);
  });

  test("silent: nobody fails for it, or the Service is there", () => {
    expect(found([...pods("peers"), peer])).toEqual([]);
    const peers = service("peers", { clusterIP: "None", selector: { app: "node" } });
    expect(found([...pods("peers"), peers], [lost]).map(({ analyzer }) => analyzer)).not.toContain("subdomain");
  });
});

describe("a load balancer of a few minutes", () => {
  const waiting = (minutes: number, metadata: Fields = {}) => [
    ...app("edge"),
    service("edge", { type: "LoadBalancer" }, { creationTimestamp: minutesAgo(minutes), ...metadata }),
  ];
  const ensuring = event({ kind: "Service", name: "edge" }, { reason: "EnsuringLoadBalancer", type: "Normal" });

  test("that no controller has taken up", () => {
    expect(found(waiting(4))).toMatchObject([
      {
        severity: "warning",
        cause: "Service/edge of type LoadBalancer has no address from outside: no controller gave it one",
        evidence: [{ path: "status.loadBalancer.ingress", value: "(none)" }],
      },
    ]);
  });

  test.each([
    ["a young one", waiting(2)],
    ["a controller works on it", [...waiting(4), ensuring]],
    ["a controller keeps it", waiting(4, { finalizers: ["service.kubernetes.io/load-balancer-cleanup"] })],
  ])("silent: %s", (_, given) => {
    expect(found(given)).toEqual([]);
  });
});
