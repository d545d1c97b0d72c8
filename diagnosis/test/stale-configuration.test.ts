import { describe, expect, test } from "vitest";
import { type Fields, minutesAgo } from "./builders.ts";
import { app, CRASHING, editedBy, found, object, revised, said } from "./objects.ts";

const env = (name: string) => [{ name: "PASSWORD", valueFrom: { secretKeyRef: { name, key: "password" } } }];
/** Written after the server has started, and before the client has. */
const rotated = object("Secret", "login", { metadata: editedBy("vault", "data", "password"), data: { password: "" } });
const other = object("Secret", "other", { data: { password: "" } });
const server = app("store", { container: { env: env("login") } });
const client = (secret: string) => app("writer", { ...CRASHING, container: { env: env(secret) } });
const refused = { ...said("writer-0", "FATAL: password authentication failed for user app"), previous: true };

describe("a server with the old credentials", () => {
  test("accounts for the client that has the new ones", () => {
    const [finding, ...others] = found([...server, ...client("login"), rotated, other], [refused]);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      analyzer: "stale-configuration",
      severity: "critical",
      subject: { kind: "Deployment", name: "store" },
      cause: expect.stringMatching(/Deployment writer, which has the new one, is refused$/),
      fix: { kind: "action", action: { type: "Restart", target: { name: "store" } } },
    });
    expect(finding?.explains.map(({ subject }) => `${subject.kind}/${subject.name}`)).toContain("Deployment/writer");
    expect(finding?.evidence.map(({ value }) => value)).toContain(refused.text);
  });

  test.each([
    ["whose credentials are others", client("other"), [refused]],
    ["that fails for something else", client("login"), [{ ...refused, text: "FATAL: no route to host" }]],
  ])("accounts for no client %s", (_, others, logs) => {
    const findings = found([...server, ...others, rotated, other], logs);
    expect(findings.map(({ subject }) => subject.name).toSorted()).toEqual(["store", "writer"]);
    expect(findings.map(({ cause }) => cause).join()).not.toContain("is refused");
  });
});

describe("a container that is not ready and has an old file", () => {
  const probe = (port: number): Fields => ({ ports: [{ containerPort: 80 }], readinessProbe: { httpGet: { port } } });
  const mount = { volumeMounts: [{ name: "etc", mountPath: "/etc/app.conf", subPath: "app.conf" }] };
  const given = (port: number, ready = false) =>
    app("web", {
      ready,
      spec: {
        containers: [{ name: "main", image: "app:1", ...mount, ...probe(port) }],
        volumes: [{ name: "etc", configMap: { name: "settings" } }],
      },
    });
  const settings = (metadata: Fields) =>
    object("ConfigMap", "settings", { metadata, data: { "app.conf": "mode=live" } });
  const written = settings(editedBy("kubectl", "data", "app.conf"));
  const names = (objects: ReturnType<typeof given>) => found(objects).map(({ analyzer }) => analyzer);

  test("is not ready for that", () => {
    const [finding, ...others] = found([...given(80), written]);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ analyzer: "stale-configuration", severity: "critical" });
    expect(finding?.explains).toContainEqual(expect.objectContaining({ symptom: "container main not ready" }));
  });

  test("is not ready for its probe where that contradicts itself", () => {
    expect(names([...given(81), written]).toSorted()).toEqual(["not-ready", "stale-configuration"]);
  });

  test("is not ready for its probe where the file is not old", () => {
    const fieldsV1 = { "f:data": { "f:app.conf": {} } };
    const before = settings({
      managedFields: [{ manager: "kubectl", operation: "Update", time: minutesAgo(55), fieldsV1 }],
    });
    expect(names([...given(80), before])).toEqual(["not-ready"]);
  });

  test("is not ready for something else where it was ready with the old file", () => {
    const conditions = [{ type: "Ready", status: "False", lastTransitionTime: minutesAgo(3) }];
    const lost = revised(given(80), "Pod", { status: { conditions } });
    expect(names([...lost, written]).toSorted()).toEqual(["not-ready", "stale-configuration"]);
  });

  test("is only warned about where it is ready", () => {
    expect(found([...given(80, true), written])).toMatchObject([{ severity: "warning" }]);
  });
});
