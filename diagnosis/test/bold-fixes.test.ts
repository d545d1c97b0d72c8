import { expect, test } from "vitest";
import type { SnapshotObject } from "../src/index.ts";
import { event, type Fields, minutesAgo, waiting } from "./builders.ts";
import { app, found, lostReady, object, revised } from "./objects.ts";

/** Repairs that would be more than one letter: they are for a person to decide. */
const refused = (message: string, container: Fields, spec: Fields = {}) =>
  app("web", {
    ready: false,
    container,
    spec: { containers: [{ name: "main", image: "app:1", ...container }], ...spec },
    status: { state: waiting("CreateContainerConfigError", message) },
  });
const fromSecret = (name: string, key: string) => ({
  env: [{ name: "LOGIN", valueFrom: { secretKeyRef: { name, key } } }],
});
const secret = (name: string, ...keys: readonly string[]) =>
  object("Secret", name, { data: Object.fromEntries(keys.map((key) => [key, ""])) });
const settings = (name: string) => object("ConfigMap", name, { data: { mode: "a" } });
const mounting = (claimName: string): Fields => ({
  nodeName: undefined,
  volumes: [{ name: "data", persistentVolumeClaim: { claimName } }],
});
const claim = (name: string) => object("PersistentVolumeClaim", name, { spec: {}, status: { phase: "Bound" } });
const NO_CLAIM = (name: string) => `0/1 nodes are available: persistentvolumeclaim "${name}" not found.`;

function pending(name: string): SnapshotObject[] {
  const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: NO_CLAIM(name) }];
  return revised(app("web", { ready: false, spec: mounting(name) }), "Pod", {
    status: { phase: "Pending", conditions },
  });
}

const subPath = { volumeMounts: [{ name: "etc", mountPath: "/etc/app.conf", subPath: "app.conf" }] };
const mounted = app("web", {
  spec: {
    containers: [{ name: "main", image: "app:1", ...subPath }],
    volumes: [{ name: "etc", configMap: { name: "settings" } }],
  },
});

test.each([
  [
    "a Secret with a word more",
    [...refused('secret "ledger" not found', fromSecret("ledger", "url")), secret("ledger-replica", "url")],
    /ledger-replica\?/,
  ],
  [
    "a ConfigMap of another version",
    [
      ...refused('configmap "settings-v2" not found', { envFrom: [{ configMapRef: { name: "settings-v2" } }] }),
      settings("settings-v1"),
    ],
    /settings-v1\?/,
  ],
  [
    "a key with a word more",
    [
      ...refused("couldn't find key password in Secret shop/login", fromSecret("login", "password")),
      secret("login", "password-old"),
    ],
    /password-old\?/,
  ],
  ["a claim of another number", [...pending("data-2"), claim("data-1")], /create PersistentVolumeClaim data-2/],
  [
    "a claim that somebody uses",
    [...pending("dataa"), claim("data"), ...app("batch", { spec: mounting("data") })],
    /or correct .*claimName \(data\?\)/,
  ],
  [
    "the one file that is there",
    [...mounted, object("ConfigMap", "settings", { data: { "logging.xml": "" } })],
    /name a file that it has$/,
  ],
])("%s", (_, given, summary) => {
  const finding = found(given).find(({ subject }) => subject.name === "web");
  expect(finding?.fix).toEqual({ kind: "decision", summary: expect.stringMatching(summary) });
});

test("a claim that the reference misspells and nobody uses is mounted", () => {
  const [finding] = found([...pending("dataa"), claim("data")]);
  expect(finding?.fix).toMatchObject({ kind: "patch", patch: [{ from: '"dataa"', to: '"data"' }] });
});

const said = (message: string) => event({ kind: "Pod", name: "web-0" }, { reason: "Unhealthy", message });
const probed = (probe: Fields, startedAt = minutesAgo(50), status: Fields = {}) =>
  app("web", {
    ready: false,
    container: { ports: [{ containerPort: 8080 }], readinessProbe: { httpGet: { path: "/", port: 9090 } }, ...probe },
    status: { state: { running: { startedAt } }, ...status },
  });

test("a probe that is answered asks no wrong port, declared or not", () => {
  const [finding] = found([...probed({}), said("Readiness probe failed: HTTP probe failed with statuscode: 503")]);
  expect(finding?.cause).not.toContain("is not a port of the container");
  expect(finding?.fix?.kind).toBe("decision");
});

test("a process that was ready and says no is not restarted", () => {
  const served = revised(probed({}), "Pod", {
    status: lostReady(5),
  });
  const [finding] = found([...served, said("Readiness probe failed: HTTP probe failed with statuscode: 503")]);
  expect(finding?.fix).toEqual({
    kind: "decision",
    summary: expect.stringMatching(/^find out what makes container main, which was ready before, say no to its probe/),
  });
});

test.each([
  ["HTTPS", "http: server gave HTTP response to HTTPS client", "HTTP"],
  ["HTTP", String.raw`malformed HTTP response "\x15\x03\x01\x00\x02\x02"`, "HTTPS"],
])("a probe by %s is answered in the other protocol, and follows it", (scheme, answer, right) => {
  const readinessProbe = { httpGet: { path: "/", port: 8080, scheme } };
  const message = `Readiness probe failed: Get "x://10.0.0.1:8080/": ${answer}`;
  const [finding] = found([...probed({ readinessProbe }), said(message)]);
  expect(finding?.cause).toContain(`readinessProbe.httpGet.scheme is ${scheme}, and the process answers in ${right}`);
  expect(finding?.fix).toMatchObject({
    patch: [{ path: "/spec/template/spec/containers/0/readinessProbe/httpGet/scheme", to: JSON.stringify(right) }],
  });
});

test("silent: a slow start that its startup probe still allows", () => {
  const startupProbe = { httpGet: { path: "/", port: 8080 }, periodSeconds: 10, failureThreshold: 30 };
  expect(found(probed({ startupProbe }, minutesAgo(4), { started: false }))).toEqual([]);
  expect(found(probed({ startupProbe }, minutesAgo(6), { started: false }))).toHaveLength(1);
});
