import { findingSchema } from "@sre-agent/crds";
import { describe, expect, test } from "vitest";
import type { SnapshotObject } from "../src/index.ts";
import { type Fields, minutesAgo } from "./builders.ts";
import { type AppParts, app, CRASHING, found, ingressTo, listens, object, said, service } from "./objects.ts";

const api = [...app("api", { container: listens(8080) }), service("api")];
const ledger = [
  ...app("ledger", { namespace: "bank", container: listens(8080) }),
  service("ledger", {}, { namespace: "bank" }),
];
const front = (env: Fields, parts: AppParts = {}) =>
  app("front", { container: { env: Object.entries(env).map(([name, value]) => ({ name, value })) }, ...parts });
const grave = (objects: readonly SnapshotObject[]) =>
  found(objects).filter(({ severity }) => severity === "critical" || severity === "error");

interface Case {
  readonly name: string;
  readonly given: readonly SnapshotObject[];
  readonly cause: string;
  readonly fix?: object;
}

const patch = (path: string, from: unknown, to: unknown) => ({
  kind: "patch",
  patch: [{ path, from: JSON.stringify(from), to: JSON.stringify(to) }],
});
const ENV = "/spec/template/spec/containers/0/env/0/value";

const ADDRESSES: readonly Case[] = [
  {
    name: "a name near that of a Service",
    given: [...api, ...front({ API_URL: "http://apii:80" })],
    cause:
      "Deployment/front: env API_URL of container main names Service/apii in namespace shop, which does not exist; the nearest is Service/api",
    fix: patch(ENV, "http://apii:80", "http://api:80"),
  },
  {
    name: "a Service of another namespace by its short name",
    given: [...ledger, ...front({ LEDGER_HOST: "ledger", LEDGER_PORT: "80" })],
    cause:
      "Deployment/front: env LEDGER_HOST of container main names Service/ledger in namespace shop, which does not exist; namespace bank has Service/ledger",
    fix: patch(ENV, "ledger", "ledger.bank"),
  },
  {
    name: "a namespace that does not exist",
    given: [
      ...["shop", "bank"].map((name) => object("Namespace", name)),
      ...ledger,
      ...front({ LEDGER_URL: "http://ledger.bnak.svc.cluster.local" }),
    ],
    cause:
      "Deployment/front: env LEDGER_URL of container main names Service/ledger in namespace bnak, which does not exist; Service/ledger is in namespace bank",
    fix: patch(ENV, "http://ledger.bnak.svc.cluster.local", "http://ledger.bank.svc.cluster.local"),
  },
  {
    name: "a port that the Service does not have",
    given: [...api, ...front({ API_URL: "http://api:8081" })],
    cause: "Deployment/front: env API_URL of container main names port 8081 of Service/api, which has http (80)",
    fix: patch(ENV, "http://api:8081", "http://api:80"),
  },
  {
    name: "a Service that nobody made for a workload that runs",
    given: [...app("cache"), ...front({ CACHE_ADDR: "cache:6379" })],
    cause:
      "Deployment/front: env CACHE_ADDR of container main names Service/cache in namespace shop, which does not exist; Deployment/cache runs without a Service of that name",
  },
];

describe("addresses that clients call", () => {
  test.each(ADDRESSES)("$name", ({ given, cause, fix }) => {
    const [finding, ...others] = found(given);
    expect(others).toEqual([]);
    expect(finding?.cause).toBe(cause);
    expect(finding?.fix).toMatchObject(fix ?? { kind: "decision" });
    expect(() => findingSchema.parse(finding)).not.toThrow();
  });

  test("the crash loop of the client is a symptom of the address", () => {
    const [finding, ...others] = found(
      [...api, ...front({ API_URL: "http://apii:80" }, CRASHING)],
      [said("front-0", "error: could not resolve host apii")],
    );
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ analyzer: "client-address", severity: "critical" });
  });

  test("a Service that is gone is named by the client that fails for it", () => {
    const objects = [...api, ...front({ STOCK_URL: "http://warehouse:80" }, CRASHING)];
    const [finding] = found(objects, [said("front-0", "fatal: lookup warehouse: no such host")]);
    expect(finding?.cause).toContain("Service/warehouse in namespace shop, which does not exist");
  });

  const misdirected = (url: string, parts: AppParts = {}) => [
    ...app("api", { container: listens(8080) }),
    service("api", { clusterIP: "10.96.7.7" }),
    ...front({ API_URL: url }, parts),
  ];

  test.each([
    ["error", "dial tcp 10.96.7.7:8081: connect: connection refused"],
    ["error", "level=warn msg=retrying target=api:8081 cause=unreachable"],
    ["error", "ERROR could not reach the backend: connection refused"],
    ["error", "GET http://api:8081/items 404 Not Found"],
    ["error", "upstream returned 404"],
    ["warning", "served 3 requests"],
    ["warning", "api:8081 timed out once\nGET http://api:8081/items 200"],
    ["warning", "ERROR connect to mail.example.com:25: connection refused"],
  ])("a port that the Service does not have is an %s by what the client says: %s", (severity, line) => {
    const [finding, ...others] = found(misdirected("http://api:8081"), [{ ...said("front-0", line), previous: false }]);
    expect(others.filter(({ severity: grave }) => grave === "error")).toEqual([]);
    expect(finding).toMatchObject({ analyzer: "client-address", severity });
  });

  test("what is said of nobody by name is about nobody certain where two are called", () => {
    const two = { API_URL: "http://api:8081", CACHE_URL: "http://cache" };
    const given = [...misdirected("http://api:8081"), ...app("cache"), service("cache"), ...front(two)];
    const [finding] = found(given, [said("front-0", "ERROR connection refused")]);
    expect(finding).toMatchObject({ analyzer: "client-address", severity: "warning" });
  });

  test.each([
    "ERROR GET http://api/: curl: (7) Failed to connect to api port 80 after 6 ms: Couldn't connect to server",
    "ERROR GET http://api/: curl: (6) Could not resolve host: api",
    "ERROR: curl failed, will retry: connection refused",
    "ERROR: wget returned an error: connection refused",
  ])("silent: words of prose are no hosts: %s", (line) => {
    expect(found([...api, ...front({})], [{ ...said("front-0", line), previous: false }])).toEqual([]);
  });

  test("silent: a name that the shell completes is unknown", () => {
    const script = "for i in 0 1; do curl -sS http://quorum-$i.quorum-hl:8080/ http://api.$NS/; nslookup db-$i; done";
    const given = [...app("quorum"), ...app("db"), service("quorum-hl"), ...app("quorum-hl")];
    expect(found([...api, ...given, ...app("front", { container: { command: ["sh", "-c", script] } })])).toEqual([]);
  });

  test.each([
    ["curl: (7) Failed to connect to warehouse port 8080 after 1 ms: Couldn't connect to server", "warehouse"],
    ['psql: error: connection to server at "stock" (10.0.0.9), port 5432 failed: Connection refused', "stock"],
    ["Caused by: java.net.UnknownHostException: depot: Name or service not known", "depot"],
  ])("the host that a client names is found in %s", (line, host) => {
    const [finding] = found([...api, ...front({}, CRASHING)], [said("front-0", `ERROR ${line}`)]);
    expect(finding?.cause).toContain(`names Service/${host} in namespace shop, which does not exist`);
  });

  test("a near name that is no misspelling is for a person to decide", () => {
    const [finding] = found(
      [...api, ...front({ API_URL: "http://api-eu:80" }, CRASHING)],
      [said("front-0", "error: lookup api-eu: no such host")],
    );
    expect(finding?.cause).toContain("the nearest is Service/api");
    expect(finding?.fix?.kind).toBe("decision");
  });

  test("an address in a ConfigMap makes the ConfigMap the subject", () => {
    const given = [
      ...api,
      object("ConfigMap", "front-config", { data: { "app.properties": "api.url=http://apii:80/v1\n" } }),
      ...app("front", { spec: { volumes: [{ name: "config", configMap: { name: "front-config" } }] } }),
    ];
    expect(found(given)[0]).toMatchObject({ analyzer: "client-address", subject: { kind: "ConfigMap" } });
  });

  test("a password in the URL stays hidden", () => {
    const given = [...api, ...front({ API_URL: "http://me:hunter2hunter@apii:80/x?token=abc" })];
    expect(JSON.stringify(found(given))).not.toMatch(/hunter2|token/);
  });

  test.each<readonly [string, readonly SnapshotObject[]]>([
    ["a right address", [...api, ...front({ API_URL: "http://api:80", OTHER: "http://api.shop.svc.cluster.local" })]],
    ["hosts outside", [...api, ...front({ A_URL: "https://apii.example.com", B_URL: "https://example.org:8443" })]],
    [
      "where it listens itself",
      [...api, ...front({ HOST: "0.0.0.0", BIND_ADDR: "localhost:80", SERVER_NAME: "apix" })],
    ],
    ["a Service of a namespace that was not read", front({ DB_HOST: "db.data.svc" })],
    ["a Service of another place that a healthy pod names", [...api, ...front({ API_URL: "http://api-eu:80" })]],
    [
      "what a completed Job called",
      [
        ...api,
        object("Job", "old", {
          spec: {
            template: { spec: { containers: [{ name: "old", env: [{ name: "A_URL", value: "http://apii" }] }] } },
          },
          status: { conditions: [{ type: "Complete", status: "True" }] },
        }),
      ],
    ],
    ["a word that is no address", [...api, ...front({ MODE: "apii", IMAGE: "apii:8080x" })]],
    ["a name in a healthy pod that is like nothing here", [...api, ...front({ NAME_URL: "http://zebra:80" })]],
  ])("silent: %s", (_, given) => {
    expect(found(given)).toEqual([]);
  });
});

const nginx = object("IngressClass", "nginx");
const certificate = (fields: Fields) =>
  object("Secret", "shop-tls", {
    type: "kubernetes.io/tls",
    data: { "tls.crt": "", "tls.key": "" },
    certificate: {
      names: ["DNS:shop.example"],
      notBefore: minutesAgo(9000),
      notAfter: "2027-01-01T00:00:00Z",
      ...fields,
    },
  });
const tls = (secretName: string) => ({ tls: [{ hosts: ["shop.example"], secretName }] });

const INGRESSES: readonly Case[] = [
  {
    name: "a class that does not exist",
    given: [...api, nginx, ingressTo("api", { number: 80 }, { ingressClassName: "ngnix" })],
    cause: "Ingress/front has spec.ingressClassName ngnix, an IngressClass that does not exist (the cluster has nginx)",
    fix: patch("/spec/ingressClassName", "ngnix", "nginx"),
  },
  {
    name: "a Service that does not exist",
    given: [...api, nginx, ingressTo("apis")],
    cause:
      "Ingress/front routes to Service/apis, which does not exist in its namespace; the nearest is Service/api (spec.rules[shop.example].paths[/].backend.service)",
    fix: patch("/spec/rules/0/http/paths/0/backend/service/name", "apis", "api"),
  },
  {
    name: "a port that the Service does not have",
    given: [...api, nginx, ingressTo("api", { number: 8080 })],
    cause:
      "Ingress/front routes to port 8080 of Service/api, which has http (80) (spec.rules[shop.example].paths[/].backend.service)",
    fix: patch("/spec/rules/0/http/paths/0/backend/service/port/number", 8080, 80),
  },
  {
    name: "a Secret that does not exist",
    given: [...api, nginx, ingressTo("api", { number: 80 }, tls("shop-tls"))],
    cause: "Ingress/front takes its certificate from Secret/shop-tls, which does not exist in its namespace",
  },
  {
    name: "a certificate that expired",
    given: [...api, nginx, certificate({ notAfter: minutesAgo(5) }), ingressTo("api", { number: 80 }, tls("shop-tls"))],
    cause: `Ingress/front takes its certificate from Secret/shop-tls, whose certificate expired at ${minutesAgo(5)}`,
  },
  {
    name: "a certificate for another host",
    given: [
      ...api,
      nginx,
      certificate({ names: ["DNS:old.example", "DNS:*.other.example"] }),
      ingressTo("api", { number: 80 }, tls("shop-tls")),
    ],
    cause:
      "Ingress/front takes its certificate from Secret/shop-tls, whose certificate is for old.example, *.other.example, not for shop.example",
  },
];

describe("Ingresses", () => {
  test.each(INGRESSES)("$name", ({ given, cause, fix }) => {
    const [finding, ...others] = found(given);
    expect(others).toEqual([]);
    expect(finding?.cause).toBe(cause);
    expect(finding?.fix).toMatchObject(fix ?? { kind: "decision" });
    expect(() => findingSchema.parse(finding)).not.toThrow();
  });

  test("class and port wrong are two findings", () => {
    expect(found([...api, nginx, ingressTo("api", { number: 81 }, { ingressClassName: "other-class" })])).toHaveLength(
      2,
    );
  });

  test("a Service without ready pods is the cause, not the Ingress", () => {
    const findings = found([...app("api", CRASHING), service("api"), nginx, ingressTo("api")]);
    expect(findings.map(({ subject }) => subject.kind)).toEqual(["Deployment"]);
  });

  test.each<readonly [string, readonly SnapshotObject[]]>([
    ["all right", [...api, nginx, certificate({}), ingressTo("api", { name: "http" }, tls("shop-tls"))]],
    [
      "a wildcard",
      [...api, nginx, certificate({ names: ["DNS:*.example"] }), ingressTo("api", { number: 80 }, tls("shop-tls"))],
    ],
    [
      "a controller's own certificate",
      [...api, nginx, ingressTo("api", { number: 80 }, { tls: [{ hosts: ["shop.example"] }] })],
    ],
  ])("silent: %s", (_, given) => {
    expect(grave(given)).toEqual([]);
  });
});

describe("what only logs tell", () => {
  const worker = app("worker", {
    container: { env: [{ name: "DB", valueFrom: { secretKeyRef: { name: "db", key: "url" } } }] },
  });
  const secret = object("Secret", "db", { data: { url: "" } });

  test("a Service that the log says does not resolve, by an address in a Secret", () => {
    const [finding, ...others] = found(
      [...worker, secret],
      [said("worker-0", 'level=error msg=x error="could not resolve host: ledger-db"')],
    );
    expect(others).toEqual([]);
    expect(finding?.cause).toContain("names Service/ledger-db in namespace shop, which does not exist");
  });

  test.each<readonly [string, string]>([
    ["a retry without an error", "WARN retry 1/3 for http://thumbs: timeout, error=none"],
    ["words that are no names", 'level=error msg="stock lookup failed" error="could not resolve host" url=x'],
    ["a host outside", "error: lookup api.example.com: no such host"],
  ])("silent: %s", (_, line) => {
    expect(
      found([...worker, secret], [said("worker-0", line)]).filter(({ analyzer }) => analyzer === "client-address"),
    ).toEqual([]);
  });

  test("silent: an address that a script only prints", () => {
    expect(
      found(app("talker", { container: { command: ["sh", "-c", 'echo "see http://thumbs:80"; sleep 9'] } })),
    ).toEqual([]);
  });
});
