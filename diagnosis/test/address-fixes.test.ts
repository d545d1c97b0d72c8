import type { Finding } from "@sre-agent/crds";
import { expect, test } from "vitest";
import type { Fields } from "./builders.ts";
import { app, CRASHING, found, object, said, service } from "./objects.ts";

const worker = (container: Fields) => app("worker", { container, ...CRASHING });
const lost = (host: string) => said("worker-0", `ERROR connect: could not resolve host ${host}`);
const patches = (findings: readonly Finding[]) =>
  findings.flatMap(({ fix }) => (fix?.kind === "patch" ? fix.patch.map(({ from, to }) => [from, to]) : []));
const text = (value: string) => JSON.stringify(value);

const redis = [
  ...app("redis", { namespace: "cache" }),
  service("redis", { ports: [{ port: 6379 }] }, { namespace: "cache" }),
];

test.each([
  ["the scheme", "redis://redis:6379", "redis://redis.cache:6379"],
  ["another host", "redis-ui:6379,redis:6379", "redis-ui:6379,redis.cache:6379"],
])("a host whose name also stands in %s of its setting is corrected alone", (_, from, to) => {
  const setting = { env: [{ name: "REDIS_URL", value: from }] };
  const findings = found([...worker(setting), ...redis, object("Namespace", "cache")], [lost("redis")]);
  expect(patches(findings)).toEqual([[text(from), text(to)]]);
});

test("a host whose name also stands in its flag is corrected alone", () => {
  const setting = { args: ["--ordrs-url=http://ordrs"] };
  const findings = found([...worker(setting), ...app("orders"), service("orders")], [lost("ordrs")]);
  expect(patches(findings)).toEqual([[text("--ordrs-url=http://ordrs"), text("--ordrs-url=http://orders")]]);
});

const store = app("store", { kind: "StatefulSet" }).map((one) =>
  one.kind === "StatefulSet" ? { ...one, spec: { ...(one["spec"] as object), serviceName: "store-peers" } } : one,
);
const peers = service("store-peers", { selector: { app: "store" }, clusterIP: "None" });

test("a setting that holds more than addresses is not shown, and corrected by a person", () => {
  const setting = { env: [{ name: "DATABASE_URL", value: "postgres://app:correct-horse@store-0.store:5432/x" }] };
  const findings = found([...store, service("store"), peers, ...worker(setting)], [lost("store-0.store")]);
  expect(findings).toMatchObject([{ fix: { kind: "decision", summary: /name store-0\.store-peers$/ } }]);
  expect(JSON.stringify(findings)).not.toContain("correct-horse");
});
