import { describe, expect, test } from "vitest";
import { app, CRASHING, found, ingressTo, listens, object, revised, said, service } from "./objects.ts";

const store = revised(app("store", { kind: "StatefulSet" }), "StatefulSet", { spec: { serviceName: "store-peers" } });
const services = [service("store"), service("store-peers", { selector: { app: "store" }, clusterIP: "None" })];
const worker = (host: string) => app("worker", { container: { env: [{ name: "STORE_HOST", value: host }] } });
const lost = (host: string) =>
  said("worker-0", Array.from({ length: 8 }, () => `ERROR ${host}: Could not resolve host: ${host}`).join("\n"));

describe("a pod of a StatefulSet that is called by a name", () => {
  test("below another Service than its own", () => {
    const [finding, ...others] = found([...store, ...services, ...worker("store-0.store")], [lost("store-0.store")]);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      subject: { kind: "Deployment", name: "worker" },
      cause:
        "Deployment/worker: env STORE_HOST of container main names store-0.store, and pods of StatefulSet/store have names below Service/store-peers alone (spec.serviceName), not below store",
      fix: {
        kind: "patch",
        patch: [
          {
            path: "/spec/template/spec/containers/0/env/0/value",
            from: '"store-0.store"',
            to: '"store-0.store-peers"',
          },
        ],
      },
    });
  });

  test("in a list: every wrong one is corrected", () => {
    const given = [...store, ...services, ...worker("store-0.store:7000,store-0.store-peers:7000,store-1.store:7000")];
    const [finding] = found(given, [lost("store-0.store")]);
    expect(finding?.fix).toMatchObject({
      summary:
        "let env STORE_HOST of container main name store-0.store-peers, and its other members below store-peers too",
      patch: [{ to: '"store-0.store-peers:7000,store-0.store-peers:7000,store-1.store-peers:7000"' }],
    });
  });

  test.each([
    ["by its own name, also where it is away for a moment", "store-0.store-peers"],
    ["of an ordinal that the set does not have", "store-7.store"],
  ])("is not blamed for it %s", (_, host) => {
    const causes = found([...store, ...services, ...worker(host)], [lost(host)]).map(({ cause }) => cause);
    expect(causes.filter((cause) => cause.includes("have names below"))).toEqual([]);
  });

  test("silent: nobody complains", () => {
    expect(found([...store, ...services, ...worker("store-0.store")])).toEqual([]);
  });
});

test("two faults of one Ingress are two findings", () => {
  const web = app("web", { container: listens(8080) });
  const front = ingressTo("web", { number: 80 }, { tls: [{ hosts: ["shop.example"], secretName: "front-tls" }] });
  const other = object("IngressClass", "traefik");
  const findings = found([...web, service("web"), front, other]);
  expect(findings.map(({ analyzer }) => analyzer).sort()).toEqual(["ingress-class", "ingress-tls"]);
});

test("a member of a Service that is misspelt keeps the name of its pod", () => {
  const host = "stoer-0.stoer.shop.svc";
  const [finding] = found([...app("store"), service("store"), ...worker(host)], [lost(host)]);
  expect(finding?.fix).toMatchObject({ patch: [{ from: `"${host}"`, to: '"stoer-0.store.shop.svc"' }] });
});

describe("a StatefulSet whose Service does not exist and that crashes", () => {
  const redis = (parts = CRASHING) => [
    ...revised(app("redis", { ...parts, kind: "StatefulSet" }), "StatefulSet", {
      spec: { serviceName: "redis-peers" },
    }),
    service("redis-hl", { selector: { app: "redis" }, clusterIP: "None", publishNotReadyAddresses: true }),
  ];
  const cannot = (host: string) => [said("redis-0", `cannot resolve primary ${host}: Name or service not known`)];

  test("for the name of a member: the crash is its symptom", () => {
    const [finding, ...others] = found(redis(), cannot("redis-0.redis-peers"));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      analyzer: "headless-service",
      severity: "critical",
      cause: expect.stringMatching(/^StatefulSet\/redis has spec\.serviceName redis-peers, which does not exist/),
      explains: [{ symptom: "container main CrashLoopBackOff" }, { subject: { kind: "Pod", name: "redis-0" } }],
    });
    expect(finding?.evidence.map(({ value }) => value)).toContain(cannot("redis-0.redis-peers")[0]?.text);
  });

  test("for something else: it stays advice", () => {
    const findings = found(redis(), cannot("vault"));
    expect(findings.map(({ analyzer, severity }) => `${analyzer} ${severity}`)).toEqual([
      "crash-loop critical",
      "headless-service info",
    ]);
  });
});
