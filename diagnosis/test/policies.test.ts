import { findingSchema } from "@sre-agent/crds";
import { describe, expect, test } from "vitest";
import type { SnapshotObject } from "../src/index.ts";
import { type Fields, minutesAgo } from "./builders.ts";
import { type AppParts, app, CRASHING, found, listens, object, revised, said, service } from "./objects.ts";

const db = [
  ...app("db", { container: listens(5432, "sql") }),
  service("db", { ports: [{ port: 5432, targetPort: "sql" }] }),
];
const front = (parts: AppParts = {}) =>
  app("front", { container: { env: [{ name: "DB_ADDR", value: "db:5432" }] }, ...parts });
const policy = (name: string, spec: Fields) => object("NetworkPolicy", name, { spec });
const only = (name: string) => ({ podSelector: { matchLabels: { app: name } } });
const kubeSystem = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } } };
const dnsRule = {
  to: [kubeSystem],
  ports: [
    { protocol: "UDP", port: 53 },
    { protocol: "TCP", port: 53 },
  ],
};
const namespace = (name: string, labels: Fields = {}) => object("Namespace", name, { metadata: { labels } });

interface Case {
  readonly name: string;
  readonly given: readonly SnapshotObject[];
  readonly cause: string;
  readonly severity?: string;
  readonly fix?: object;
}

const CUT: readonly Case[] = [
  {
    name: "nothing comes in",
    given: [...db, ...front(), policy("lock", { ...only("db"), policyTypes: ["Ingress"] })],
    cause:
      "NetworkPolicy/lock selects app=db and admits nothing: Deployment/front cannot reach Service/db (env DB_ADDR of container main)",
    fix: {
      kind: "patch",
      patch: [
        {
          path: "/spec/ingress",
          to: JSON.stringify([{ from: [only("front")], ports: [{ protocol: "TCP", port: 5432 }] }]),
        },
      ],
    },
  },
  {
    name: "nothing goes out",
    given: [...db, ...front(), policy("lock", { ...only("front"), policyTypes: ["Egress"], egress: [] })],
    cause:
      "NetworkPolicy/lock selects app=front and lets out nothing, not even DNS (port 53): Deployment/front cannot reach Service/db (env DB_ADDR of container main)",
    fix: { kind: "patch" },
  },
  {
    name: "the way is open but not to the name server",
    given: [
      ...db,
      ...front(),
      policy("out", {
        ...only("front"),
        policyTypes: ["Egress"],
        egress: [{ to: [only("db")], ports: [{ port: 5432 }] }],
      }),
    ],
    cause:
      "NetworkPolicy/out lets no pod of Deployment/front ask a name server: no egress rule opens port 53, and env DB_ADDR of container main names db",
    fix: { kind: "patch" },
  },
  {
    name: "a label that nothing carries",
    given: [...db, ...front(), policy("db", { ...only("db"), ingress: [{ from: [only("frontend")] }] })],
    cause:
      "NetworkPolicy/db admits pods with app=frontend (spec.ingress[0].from[0].podSelector); Deployment/front carries app=front: Deployment/front cannot reach Service/db (env DB_ADDR of container main)",
    fix: {
      kind: "patch",
      patch: [{ path: "/spec/ingress/0/from/0/podSelector/matchLabels/app", from: '"frontend"', to: '"front"' }],
    },
  },
  {
    name: "the Service's port instead of the pods'",
    given: [
      ...app("api", { container: listens(8080) }),
      service("api"),
      ...app("front", { container: { env: [{ name: "API_URL", value: "http://api" }] } }),
      policy("api", { ...only("api"), ingress: [{ from: [only("front")], ports: [{ port: 80 }] }] }),
    ],
    cause:
      "NetworkPolicy/api admits port TCP 80 alone, and the pods listen on 8080: Deployment/front cannot reach Service/api (env API_URL of container main)",
    fix: { kind: "patch", patch: [{ path: "/spec/ingress/0/ports/0/port", from: "80", to: "8080" }] },
  },
  {
    name: "namespaces of a label that the client's has not",
    given: [
      namespace("shop"),
      ...db,
      ...front(),
      policy("db", { ...only("db"), ingress: [{ from: [{ namespaceSelector: { matchLabels: { env: "prod" } } }] }] }),
    ],
    severity: "warning",
    cause:
      "NetworkPolicy/db admits namespaces with env=prod (spec.ingress[0].from[0].namespaceSelector); Namespace/shop carries no label env: Deployment/front cannot reach Service/db (env DB_ADDR of container main)",
    fix: { kind: "patch" },
  },
  {
    name: "a block of addresses that the pods are not in",
    given: [
      ...db,
      ...front(),
      policy("db", { ...only("db"), ingress: [{ from: [{ ipBlock: { cidr: "172.16.0.0/12" } }] }] }),
    ],
    severity: "warning",
    cause:
      "NetworkPolicy/db admits addresses in 172.16.0.0/12 (spec.ingress[0].from[0].ipBlock.cidr); the pods of Deployment/front have 10.0.0.1: Deployment/front cannot reach Service/db (env DB_ADDR of container main)",
    fix: { kind: "patch" },
  },
  {
    name: "a block that excepts the addresses of the pods",
    given: [
      ...db,
      ...front(),
      policy("out", {
        ...only("front"),
        policyTypes: ["Egress"],
        egress: [{ to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["192.168.0.0/16", "10.0.0.0/8"] } }] }],
      }),
    ],
    severity: "warning",
    cause:
      "NetworkPolicy/out lets out addresses in 0.0.0.0/0 except 192.168.0.0/16, 10.0.0.0/8 (spec.egress[0].to[0].ipBlock.except); the pods of Deployment/db have 10.0.0.1: Deployment/front cannot reach Service/db (env DB_ADDR of container main)",
    fix: { kind: "patch" },
  },
  {
    name: "labels of a namespace that drifted",
    given: [
      namespace("shop", { tenant: "shopp" }),
      namespace("bank", { tenant: "bank" }),
      ...app("db", { namespace: "bank", container: listens(5432, "sql") }),
      service("db", { ports: [{ port: 5432, targetPort: "sql" }] }, { namespace: "bank" }),
      ...app("front", { container: { env: [{ name: "DB_ADDR", value: "db.bank:5432" }] } }),
      object("NetworkPolicy", "tenants", {
        metadata: { namespace: "bank" },
        spec: { podSelector: {}, ingress: [{ from: [{ namespaceSelector: { matchLabels: { tenant: "shop" } } }] }] },
      }),
    ],
    cause:
      "NetworkPolicy/tenants admits namespaces with tenant=shop (spec.ingress[0].from[0].namespaceSelector); Namespace/shop carries tenant=shopp: Deployment/front cannot reach Service/db (env DB_ADDR of container main)",
    fix: { kind: "patch" },
  },
  {
    name: "a near miss without a known client",
    severity: "warning",
    given: [...db, ...app("front"), policy("db", { ...only("db"), ingress: [{ from: [only("frontt")] }] })],
    cause:
      "NetworkPolicy/db names pods with app=frontt (spec.ingress[0].from[0].podSelector), which no pod carries; the pods of Deployment/front carry app=front",
    fix: { kind: "patch" },
  },
];

describe("NetworkPolicies", () => {
  test.each(CUT)("$name", ({ given, cause, fix, severity }) => {
    const [finding, ...others] = found(given);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ cause, severity: severity ?? "error" });
    expect(finding?.fix).toMatchObject(fix ?? { kind: "decision" });
    expect(() => findingSchema.parse(finding)).not.toThrow();
  });

  test("a rule names the labels of the template, not those of one revision", () => {
    const given = revised(front(), "Pod", { metadata: { labels: { app: "front", "pod-template-hash": "7dcc5db5b" } } });
    const lock = policy("lock", { ...only("db"), policyTypes: ["Ingress"] });
    const [finding] = found([...db, ...given, lock]);
    const to = JSON.stringify([{ from: [only("front")], ports: [{ protocol: "TCP", port: 5432 }] }]);
    expect(finding?.fix).toMatchObject({ patch: [{ path: "/spec/ingress", to }] });
  });

  test("no rule for pods without labels: it would admit everybody", () => {
    const given = front().map((one) =>
      one.kind === "Pod"
        ? { ...one, metadata: { ...one.metadata, labels: {} } }
        : {
            ...one,
            spec: {
              ...(one["spec"] as Fields),
              template: { spec: (one["spec"] as { template: Fields }).template["spec"] },
            },
          },
    );
    const [finding] = found([...db, ...given, policy("lock", { ...only("db"), policyTypes: ["Ingress"] })]);
    expect(finding?.subject.name).toBe("lock");
    expect(finding?.fix).toMatchObject({ kind: "decision" });
  });

  test("silent: a namespace that carries the label", () => {
    const prod = { namespaceSelector: { matchLabels: { env: "prod" } } };
    const given = [namespace("shop", { env: "prod" }), ...db, ...front()];
    expect(found([...given, policy("db", { ...only("db"), ingress: [{ from: [prod] }] })])).toEqual([]);
  });

  test("silent: a block that holds the addresses, or addresses that cannot be compared", () => {
    const admitting = (ipBlock: Fields) => policy("db", { ...only("db"), ingress: [{ from: [{ ipBlock }] }] });
    const blocks = [
      { cidr: "10.0.0.0/8", except: ["10.9.0.0/16"] },
      { cidr: "fd00::/8" },
      { cidr: "172.16.0.0/12", except: ["fd00::/8"] },
    ];
    for (const block of blocks) expect(found([...db, ...front(), admitting(block)])).toEqual([]);
  });

  test("the client that fails for it is a symptom", () => {
    const given = [...db, ...front({ ...CRASHING, container: { env: [{ name: "DB_ADDR", value: "db:5432" }] } })];
    const denied = policy("default-deny", { podSelector: {}, policyTypes: ["Ingress"] });
    const findings = found([...given, denied], [said("front-0", "error: dial db:5432: i/o timeout")]);
    expect(findings.map(({ subject }) => subject.kind)).toEqual(["NetworkPolicy"]);
    expect(findings[0]?.explains.map(({ subject }) => subject.name)).toContain("front");
  });

  test.each<readonly [string, readonly SnapshotObject[]]>([
    [
      "a default denial with the right allowances",
      [
        ...db,
        ...front(),
        policy("default-deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] }),
        policy("dns", { podSelector: {}, policyTypes: ["Egress"], egress: [dnsRule] }),
        policy("front-out", { ...only("front"), policyTypes: ["Egress"], egress: [{ to: [only("db")] }] }),
        policy("db-in", { ...only("db"), ingress: [{ from: [only("front")], ports: [{ port: "sql" }] }] }),
      ],
    ],
    [
      "a default denial where nobody calls anybody",
      [...db, policy("deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] })],
    ],
    [
      "a block of addresses that holds the client",
      [...db, ...front(), policy("db", { ...only("db"), ingress: [{ from: [{ ipBlock: { cidr: "10.0.0.0/16" } }] }] })],
    ],
    [
      "an allowance for what is not there yet",
      [...db, ...front(), policy("db", { ...only("db"), ingress: [{ from: [only("front"), only("reports")] }] })],
    ],
    [
      "a range of ports",
      [...db, ...front(), policy("db", { ...only("db"), ingress: [{ ports: [{ port: 5000, endPort: 6000 }] }] })],
    ],
  ])("silent: %s", (_, given) => {
    expect(found(given)).toEqual([]);
  });
});

const kubeDns = service("kube-dns", { clusterIP: "10.96.0.10" }, { namespace: "kube-system", labels: {} });
const corefile = (text: string) =>
  object("ConfigMap", "coredns", { metadata: { namespace: "kube-system" }, data: { Corefile: text } });
const GOOD =
  ".:53 {\n  errors\n  kubernetes cluster.local in-addr.arpa ip6.arpa {\n    pods insecure\n  }\n  forward . /etc/resolv.conf\n}\n";

describe("DNS", () => {
  test.each<readonly [string, Fields]>([
    ["dnsPolicy Default", { dnsPolicy: "Default" }],
    ["a name server outside", { dnsPolicy: "None", dnsConfig: { nameservers: ["8.8.8.8"] } }],
    ["the node's network", { hostNetwork: true }],
  ])("a client of Services with %s", (_, spec) => {
    const [finding, ...others] = found([...db, kubeDns, ...front({ spec })]).filter(
      ({ analyzer }) => analyzer === "dns",
    );
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ subject: { name: "front" }, fix: { kind: "patch" } });
  });

  test.each<readonly [string, string, RegExp]>([
    ["no zone of its own", GOOD.replace(/kubernetes[^}]*}/, ""), /has no plugin kubernetes/],
    [
      "a negative answer",
      GOOD.replace("errors", "template ANY ANY svc.cluster.local {\n rcode NXDOMAIN\n }"),
      /answers "rcode NXDOMAIN"/,
    ],
    ["a misspelled zone", GOOD.replace("cluster.local", "cluster.locale"), /serves the zone cluster.locale/],
    ["braces that do not match", GOOD.replace(/}\n$/, ""), /braces/],
  ])("a Corefile with %s", (_, text, cause) => {
    expect(found([corefile(text)])[0]?.cause).toMatch(cause);
  });

  test.each<readonly [string, readonly SnapshotObject[]]>([
    ["ClusterFirst", [...db, ...front({ spec: { dnsPolicy: "ClusterFirst" } })]],
    [
      "the node's network with its own policy",
      [...db, ...front({ spec: { hostNetwork: true, dnsPolicy: "ClusterFirstWithHostNet" } })],
    ],
    ["Default where nobody calls by name", app("agent", { spec: { dnsPolicy: "Default" } })],
    ["a good Corefile", [corefile(GOOD)]],
    ["another zone", [corefile(GOOD.replace("cluster.local", "k8s.example"))]],
  ])("silent: %s", (_, given) => {
    expect(found(given)).toEqual([]);
  });
});

describe("other Services", () => {
  const sql = listens(5432, "sql");
  test.each<readonly [string, readonly SnapshotObject[], RegExp]>([
    [
      "a StatefulSet without its Service",
      [
        ...revised(app("db", { kind: "StatefulSet", container: sql }), "StatefulSet", {
          spec: { serviceName: "db-peers" },
        }),
        service("db-hd", { clusterIP: "None", selector: { app: "db" } }),
      ],
      /^StatefulSet\/db has spec.serviceName db-peers, which does not exist in its namespace; the headless Service of its pods is Service\/db-hd$/,
    ],
    [
      "an ExternalName that leads nowhere",
      [
        ...db,
        service("sql", { type: "ExternalName", externalName: "dbb.shop.svc.cluster.local", selector: undefined }),
      ],
      /^Service\/sql has spec.externalName dbb.shop.svc.cluster.local, and Service\/dbb does not exist in namespace shop; the nearest is Service\/db$/,
    ],
    [
      "a load balancer without an address",
      [...db, service("db-out", { type: "LoadBalancer", selector: { app: "db" }, ports: [{ port: 5432 }] })],
      /^Service\/db-out of type LoadBalancer has no address from outside: no controller gave it one$/,
    ],
    [
      "pods of another application",
      [
        ...app("web", { labels: { app: "web", tier: "front" }, container: listens(8080) }),
        ...app("admin", { labels: { app: "admin", tier: "front" }, container: listens(9000) }),
        service("web", { selector: { tier: "front" } }),
      ],
      /^Service\/web selects tier=front, which also the pods of Deployment\/admin carry; these do not serve port http \(80\), unlike those of Deployment\/web \(app=web\)$/,
    ],
    [
      "traffic that stays on its node",
      [
        ...app("db", { container: sql, node: "node-2" }),
        service("db", { internalTrafficPolicy: "Local", ports: [{ port: 5432 }] }),
        ...front(),
      ],
      /^Service\/db has spec.internalTrafficPolicy Local and ready pods only on node-2, but Deployment\/front, which calls it, runs on node-1$/,
    ],
  ])("%s", (_, given, cause) => {
    const findings = found(given);
    expect(findings.map((finding) => finding.cause)).toEqual([expect.stringMatching(cause)]);
    expect(() => findingSchema.parse(findings[0])).not.toThrow();
  });

  test.each<readonly [string, readonly SnapshotObject[]]>([
    [
      "a canary beside its release",
      [
        ...app("web", { labels: { app: "web" }, container: listens(8080) }),
        ...app("web-canary", { labels: { app: "web", track: "canary" }, container: listens(8080) }),
        service("web"),
      ],
    ],
    [
      "a young load balancer",
      [
        ...db,
        service(
          "db-out",
          { type: "LoadBalancer", selector: { app: "db" }, ports: [{ port: 5432 }] },
          { creationTimestamp: minutesAgo(1) },
        ),
      ],
    ],
    [
      "a daemon on every node",
      [
        ...app("agent", { kind: "DaemonSet", container: listens(8080) }),
        service("agent", { internalTrafficPolicy: "Local" }),
        ...app("front", { container: { env: [{ name: "AGENT_URL", value: "http://agent" }] } }),
      ],
    ],
  ])("silent: %s", (_, given) => {
    expect(found(given)).toEqual([]);
  });
});

test("a range of ports is not moved to the port of the pods, beyond which it would end", () => {
  const ranged = { ...only("api"), ingress: [{ from: [only("front")], ports: [{ port: 80, endPort: 90 }] }] };
  const front = app("front", { container: { env: [{ name: "API_URL", value: "http://api" }] } });
  const [finding] = found([
    ...app("api", { container: listens(8080) }),
    service("api"),
    ...front,
    policy("api", ranged),
  ]);
  expect(finding?.fix?.kind).toBe("decision");
});
