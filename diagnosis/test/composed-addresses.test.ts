import { expect, test } from "vitest";
import type { Fields } from "./builders.ts";
import { app, CRASHING, causes, found, object, said, service } from "./objects.ts";

/** Addresses that are put together from several settings, as the kubelet and programs do it. */
const pg = [...app("pg"), service("pg", { ports: [{ port: 5432 }] })];
const env = (...entries: readonly (readonly [string, string])[]): Fields => ({
  env: entries.map(([name, value]) => ({ name, value })),
});
const crashing = (container: Fields) => app("orders", { container, ...CRASHING });
const URL = ["DATABASE_URL", "postgres://orders@$(DB_HOST):5432/orders"] as const;
const LOST = [said("orders-0", 'FATAL: could not translate host name "$(DB_HOST)" to address')];

test("a variable that is set below its use is the finding, not the user of the URL", () => {
  const [finding, ...others] = found([...pg, ...crashing(env(URL, ["DB_HOST", "pg"]))], LOST);
  expect(others).toEqual([]);
  expect(finding?.cause).toMatch(/env\[DATABASE_URL\] uses \$\(DB_HOST\), which the same env sets further down/);
  expect(finding?.fix?.summary).toMatch(/^move DB_HOST above what uses it/);
});

test("so it is for a process that runs and does not get ready", () => {
  const readinessProbe = { exec: { command: ["check"] } };
  const [finding] = found([
    ...pg,
    ...app("orders", { ready: false, container: { ...env(URL, ["DB_HOST", "pg"]), readinessProbe } }),
  ]);
  expect(finding).toMatchObject({
    analyzer: "not-ready",
    fix: { summary: expect.stringMatching(/^move DB_HOST above/) },
  });
});

test.each([
  ["a host that an entry above sets", app("orders", { container: env(["DB_HOST", "pg"], URL) })],
  ["a user and a password", app("orders", { container: env(["DATABASE_URL", "postgres://ordrs:1234@pg:5432/x"]) })],
  [
    "a host of envFrom",
    [
      object("ConfigMap", "db", { data: { DB_HOST: "pg" } }),
      ...app("orders", { container: { envFrom: [{ configMapRef: { name: "db" } }], ...env(URL) } }),
    ],
  ],
])("silent: %s", (_, objects) => {
  expect(found([...pg, ...objects])).toEqual([]);
});

test("a wrong host is corrected where it is written, not where it is taken over", () => {
  const findings = found(
    [...pg, ...crashing(env(["DB_HOST", "pgg"], URL))],
    [said("orders-0", "FATAL: could not resolve host pgg")],
  );
  expect(findings).toMatchObject([{ fix: { patch: [{ path: "/spec/template/spec/containers/0/env/0/value" }] } }]);
});

test("the host that is put together is checked by its port", () => {
  const container = env(["DB_HOST", "pg"], ["DATABASE_URL", "postgres://orders@$(DB_HOST):5433/orders"]);
  const [cause] = causes([...pg, ...crashing(container)], [said("orders-0", "error: cannot connect to pg:5433")]);
  expect(cause).toContain("env DATABASE_URL of container main names port 5433 of Service/pg, which has 5432");
});

const cache = [...app("cache"), service("cache", { ports: [{ port: 6380 }] })];
const TIMED_OUT = [said("orders-0", "error: connect to cache timed out")];
const patchOf = (objects: Parameters<typeof found>[0]) => found([...cache, ...objects], TIMED_OUT)[0];

test("a port beside its host is wrong in the setting that has it", () => {
  const finding = patchOf(crashing(env(["CACHE_HOST", "cache"], ["CACHE_PORT", "6379"])));
  expect(finding?.cause).toMatch(
    /^Deployment\/orders: env CACHE_PORT of container main names port 6379 of Service\/cache/,
  );
  expect(finding?.fix).toMatchObject({
    patch: [{ path: "/spec/template/spec/containers/0/env/1/value", from: '"6379"', to: '"6380"' }],
  });
});

test("a port beside its host in a ConfigMap is wrong in its key", () => {
  const settings = object("ConfigMap", "settings", { data: { CACHE_HOST: "cache", CACHE_PORT: "6379" } });
  const from = { envFrom: [{ configMapRef: { name: "settings" } }] };
  const finding = patchOf([settings, ...crashing(from)]);
  expect(finding?.cause).toMatch(/^key CACHE_PORT of ConfigMap\/settings names port 6379/);
  expect(finding?.fix).toMatchObject({ patch: [{ path: "/data/CACHE_PORT", to: '"6380"' }] });
});

const gone = crashing(env(["SPRING_DATASOURCE_URL", "jdbc:postgresql://database:5432/x"]));
const UNKNOWN = [said("orders-0", "Caused by: java.net.UnknownHostException: database")];
const OFFERED = /the only one there with port 5432 is Service\/pg$/;

test("of a name that nobody has, the one Service with that port is offered", () => {
  const [finding] = found([...pg, ...gone], UNKNOWN);
  expect(finding?.cause).toMatch(OFFERED);
  expect(finding?.fix).toMatchObject({
    kind: "decision",
    summary: expect.stringContaining("(pg, where that is meant)"),
  });
});

test("of two Services with that port none is offered", () => {
  const [finding] = found([...pg, ...gone, service("shadow", { ports: [{ port: 5432 }] })], UNKNOWN);
  expect(finding?.cause).toMatch(/which does not exist$/);
});
