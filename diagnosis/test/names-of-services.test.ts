import { describe, expect, test } from "vitest";
import type { SnapshotObject } from "../src/index.ts";
import { type Fields, log } from "./builders.ts";
import { type AppParts, app, CRASHING, causes, found, listens, object, revised, said, service } from "./objects.ts";

const api = [...app("api", { container: listens(8080) }), service("api"), object("Namespace", "shop")];
const front = (url: string, parts: AppParts = {}) =>
  app("front", { container: { env: [{ name: "API_URL", value: url }] }, ...parts });
const withArgs = (...args: readonly string[]) => app("front", { container: { args } });
const configured = (key: string, text: string) => [
  object("ConfigMap", "conf", { data: { [key]: text } }),
  ...app("front", { spec: { volumes: [{ name: "conf", configMap: { name: "conf" } }] } }),
];
const says = (text: string) => ({ ...log("front-0", text), container: "main", previous: false });

describe("names that no Service can have", () => {
  test.each([
    ["api.shop.cluster.local", "lacks svc before cluster.local", "api.shop.svc.cluster.local"],
    ["api.shop.scv.cluster.local", "has scv where the name of a Service has svc", "api.shop.svc.cluster.local"],
    ["api.svc.cluster.local", "lacks the namespace before svc", "api.shop.svc.cluster.local"],
  ])("%s", (host, words, right) => {
    const [finding, ...others] = found([...api, ...front(`http://${host}`)]);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      severity: "warning",
      cause: `Deployment/front: env API_URL of container main names ${host}, which ${words}: the name of the Service is ${right}`,
      fix: { kind: "patch", patch: [{ to: JSON.stringify(`http://${right}`) }] },
    });
  });

  test("another zone, where the client says that it does not resolve", () => {
    const given = [...api, ...front("http://api.shop.svc.cluster.locl")];
    expect(found(given)).toEqual([]);
    const [finding] = found(given, [says("ERROR Could not resolve host: api.shop.svc.cluster.locl")]);
    expect(finding).toMatchObject({ severity: "error" });
    expect(finding?.cause).toContain("which ends in cluster.locl, not in the zone cluster.local");
  });

  test.each(["shop.api", "shop.api.svc.cluster.local"])("namespace and Service in the wrong order: %s", (host) => {
    const [finding] = found([...api, ...front(`http://${host}`)]);
    expect(finding?.cause).toContain(
      "Service/shop in namespace api, which does not exist; namespace shop has Service/api",
    );
    expect(finding?.fix).toMatchObject({
      patch: [{ to: JSON.stringify(`http://${host.replace("shop.api", "api.shop")}`) }],
    });
  });

  test.each([
    ["the full name", front("http://api.shop.svc.cluster.local")],
    [
      "every short form",
      [...front("http://api"), ...withArgs("--api-url=http://api.shop", "--x-url=http://api.shop.svc")],
    ],
    ["a host outside that begins alike", front("https://api.shop.example.com")],
    ["another zone that resolves", front("http://api.shop.svc.corp.example")],
  ])("silent: %s", (_, given) => {
    expect(found([...api, ...given])).toEqual([]);
  });
});

describe("where addresses stand", () => {
  test("a flag is a setting, and its word is what a patch changes", () => {
    const near =
      "args of container main names Service/apii in namespace shop, which does not exist; the nearest is Service/api";
    const [joined] = found([...api, ...withArgs("--upstream=apii:80")]);
    expect(joined?.cause).toContain(near);
    expect(joined?.fix).toMatchObject({
      patch: [{ path: "/spec/template/spec/containers/0/args/0", to: '"--upstream=api:80"' }],
    });
    const [apart] = found([...api, ...withArgs("--upstream-addr", "apii:80")]);
    expect(apart?.fix).toMatchObject({ patch: [{ path: "/spec/template/spec/containers/0/args/1", to: '"api:80"' }] });
  });

  test.each([
    ["YAML", "app.yaml", "server:\n  port: 8080\ndatabase:\n  host: apii\n  port: 80\n"],
    ["properties", "app.properties", "pool.size=4\ndb.host=apii\ndb.port=80\n"],
    ["JSON", "app.json", '{ "db": { "host": "apii", "port": 80 } }'],
  ])("a file of a ConfigMap: %s", (_, key, text) => {
    expect(causes([...api, ...configured(key, text)])).toEqual([
      `key ${key} of ConfigMap/conf names Service/apii in namespace shop, which does not exist; the nearest is Service/api`,
    ]);
  });

  test.each<readonly [string, readonly SnapshotObject[]]>([
    ["where a server of the file listens itself", configured("app.yaml", "server:\n  host: 0.0.0.0\nhost: apix\n")],
    ["the kind of a backend", [...front("http://api"), ...kindOf({ CACHE_BACKEND: "ap", APP_SERVER: "apis" })]],
    ["what stands in a comment", configured("app.yaml", "# db.host: apii\na: b\n")],
  ])("silent: %s", (_, given) => {
    expect(found([...api, ...given])).toEqual([]);
  });
});

function kindOf(env: Fields) {
  return app("kind", { container: { env: Object.entries(env).map(([name, value]) => ({ name, value })) } });
}

describe("commands that fetch", () => {
  const failing = (script: string) => [
    ...api,
    ...app("front", { ...CRASHING, container: { command: ["sh", "-c", script] } }),
  ];

  test.each([
    'curl -fsS -H "Authorization: Bearer $(cat /token)" https://kubernetes.default.svc/apis/batch/v1',
    "curl -sS -X POST --max-time 2s -o answer http://api/x; exit 1",
    "wget -T 3 -O page http://api/; exit 1",
    "curl -s http://api || echo curl failed; exit 1",
  ])("what an option takes is no host: %s", (script) => {
    const named = found(failing(script)).filter(({ analyzer }) => analyzer === "client-address");
    expect(named).toEqual([]);
  });

  test.each(["curl -s -m 3 apii/x", "wget -q -O - apii:80", "curl --retry 2 -X GET apii"])(
    "the host is: %s",
    (script) => {
      expect(found(failing(script), [said("front-0", "ERROR Could not resolve host: apii")])[0]?.cause).toContain(
        "command of container main names Service/apii in namespace shop, which does not exist",
      );
    },
  );
});

test("the Service that a StatefulSet names and lacks is told of the set alone", () => {
  const set = revised(app("store", { kind: "StatefulSet", ready: false }), "StatefulSet", {
    spec: { serviceName: "store-hl" },
  });
  const headless = service("store", { clusterIP: "None" });
  const findings = found(
    [...set, headless],
    [said("store-0", "WARN dial peer store-0.store-hl.shop.svc.cluster.local:7000: no such host")],
  );
  expect(findings).toContainEqual(
    expect.objectContaining({
      analyzer: "headless-service",
      cause:
        "StatefulSet/store has spec.serviceName store-hl, which does not exist in its namespace; the headless Service of its pods is Service/store",
    }),
  );
  expect(findings.map(({ analyzer }) => analyzer)).not.toContain("client-address");
});

describe("short names that a resolver does not complete", () => {
  const given = (url: string, spec: Fields) => [
    ...api,
    ...app("ledger", { namespace: "bank", container: listens(8080) }),
    service("ledger", {}, { namespace: "bank" }),
    ...front(url, { spec }),
  ];
  const none = (...searches: readonly string[]) => ({
    dnsPolicy: "None",
    dnsConfig: { nameservers: ["10.96.0.10"], ...(searches.length > 0 ? { searches } : {}) },
  });
  const server = service("kube-dns", { clusterIP: "10.96.0.10", selector: undefined }, { namespace: "kube-system" });
  const lost = (host: string) => says(`ERROR Could not resolve host: ${host}`);

  test.each([
    ["api", none(), "(none)", "shop.svc.cluster.local"],
    ["api", none("shoop.svc.cluster.local"), "shoop.svc.cluster.local", "shop.svc.cluster.local"],
    ["ledger.bank", none("shop.svc.cluster.local"), "shop.svc.cluster.local", "svc.cluster.local"],
  ])("%s lacks a search domain", (host, spec, value, domain) => {
    const [finding, ...others] = found(given(`http://${host}`, spec), [lost(host)]);
    expect(others).toEqual([]);
    expect(finding?.cause).toContain(
      `Deployment/front has spec.template.spec.dnsConfig.searches ${value}, with dnsPolicy None, which lacks ${domain}: ${host} (`,
    );
    expect(finding?.fix).toMatchObject({ kind: "patch" });
    expect(found([...given(`http://${host}`, spec), server])[0]).toMatchObject({ analyzer: "dns", severity: "error" });
  });

  test("ndots takes it for a whole name, where the client says so", () => {
    const few = { dnsConfig: { options: [{ name: "ndots", value: "1" }] } };
    const [finding] = found(given("http://ledger.bank", few), [lost("ledger.bank")]);
    expect(finding?.cause).toContain(
      "has spec.template.spec.dnsConfig.options[ndots] 1, which takes a name of so many dots for a whole one: ledger.bank (",
    );
    expect(finding?.fix).toMatchObject({
      patch: [{ path: "/spec/template/spec/dnsConfig/options/0/value", from: '"1"', to: '"5"' }],
    });
    expect(found(given("http://ledger.bank", few))).toEqual([]);
  });

  test.each([
    ["the domain of its namespace", "http://api", none("shop.svc.cluster.local")],
    ["a whole name", "http://api.shop.svc.cluster.local", none()],
    ["those of a cluster of another zone", "http://api", none("shop.svc.corp.example", "svc.corp.example")],
    ["more beside the cluster's own", "http://api", { dnsConfig: { searches: ["corp.example"] } }],
  ])("silent: %s", (_, url, spec) => {
    expect(found([...given(url, spec), server]).filter(({ subject }) => subject.name !== "kube-dns")).toEqual([]);
  });
});
