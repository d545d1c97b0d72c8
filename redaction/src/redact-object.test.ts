import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createPseudonyms } from "./pseudonyms.ts";
import { redactObject } from "./redact-object.ts";

const options = { pseudonym: createPseudonyms(new Uint8Array(32).fill(7)) };
const hide = (value: unknown) => redactObject(value, options);

const IMAGE =
  "registry.example.com/team/app:v1.2@sha256:4c0fdaa8b6341bfdeca5f18f7837462c80cff90527ee35ef185571e1c327beac";

const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: {
    name: "checkout",
    uid: "3f2a1c9e-8b7d-4e5f-9a0b-1c2d3e4f5a6b",
    managedFields: [{ manager: "kubectl" }],
    annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{canary-1}", note: "password=canary-2" },
  },
  spec: {
    replicas: 2,
    template: {
      spec: {
        imagePullSecrets: [{ name: "regcred" }],
        containers: [
          {
            name: "app",
            image: IMAGE,
            args: ["--port", "8080", "--db-password", "canary-3", "--token=canary-4"],
            command: ["sh", "-c", "mysql --password canary-5"],
            env: [
              { name: "PORT", value: "8080" },
              { name: "TIMEOUT", value: "1m30s" },
              { name: "DEBUG", value: "true" },
              { name: "SIDECAR", value: IMAGE },
              { name: "GREETING", value: "canary-6" },
              { name: "DB_PASSWORD", value: "123456" },
              { name: "DB_USER", valueFrom: { secretKeyRef: { name: "db", key: "user" } } },
            ],
            livenessProbe: { httpGet: { httpHeaders: [{ name: "Authorization", value: "canary-7" }] } },
          },
        ],
        volumes: [{ name: "db", secret: { secretName: "db-credentials" } }],
      },
    },
  },
};

describe("redactObject", () => {
  test("hides every canary of a workload and keeps what explains an outage", () => {
    const text = JSON.stringify(hide(deployment));
    expect(text).not.toMatch(/canary-\d|123456|managedFields/);
    expect(hide(deployment)).toMatchObject({
      metadata: { name: "checkout", uid: deployment.metadata.uid },
      spec: {
        replicas: 2,
        template: {
          spec: {
            imagePullSecrets: [{ name: "regcred" }],
            containers: [
              {
                image: IMAGE,
                args: [
                  "--port",
                  "8080",
                  "--db-password",
                  expect.stringMatching(/^<redacted:/),
                  expect.stringMatching(/^--token=<redacted:/),
                ],
                env: [
                  { name: "PORT", value: "8080" },
                  { name: "TIMEOUT", value: "1m30s" },
                  { name: "DEBUG", value: "true" },
                  { name: "SIDECAR", value: IMAGE },
                  { name: "GREETING", value: "<hidden: 8 chars>" },
                  { name: "DB_PASSWORD", value: "<hidden: 6 chars>" },
                  { name: "DB_USER", valueFrom: { secretKeyRef: { name: "db", key: "user" } } },
                ],
              },
            ],
            volumes: [{ name: "db", secret: { secretName: "db-credentials" } }],
          },
        },
      },
    });
  });

  test.each([
    [["curl", "-fsS", "-u", "app:hunter2", "http://api/"]],
    [["mysql", "-uapp", "-phunter2", "-h", "db"]],
    [["redis-cli", "-h", "cache", "-a", "hunter2", "ping"]],
    [["sh", "-c", "redis-cli -a hunter2 ping"]],
  ])("hides the credential in %j and nothing else", (command) => {
    const { command: shown } = hide({ command }) as { command: readonly string[] };
    expect(shown.map((word) => word.replace(/<redacted:password:\w+>/, "hunter2"))).toEqual(command);
    expect(shown.join(" ")).not.toContain("hunter2");
    expect(hide({ command: shown })).toEqual({ command: shown });
  });

  test("does not change its input", () => {
    const before = structuredClone(deployment);
    hide(deployment);
    expect(deployment).toEqual(before);
  });

  test("shows of a Secret only names and lengths, also inside a list whose items have no kind", () => {
    const secret = { data: { password: "MTIz" }, stringData: { port: "8080" }, type: "Opaque" };
    const expected = {
      data: { password: "<hidden: 4 chars>" },
      stringData: { port: "<hidden: 4 chars>" },
      type: "Opaque",
    };
    expect(hide({ kind: "Secret", ...secret })).toEqual({ kind: "Secret", ...expected });
    expect(hide({ kind: "SecretList", items: [secret] })).toEqual({ kind: "SecretList", items: [expected] });
  });

  test.each([["ConfigMap"], [undefined]])("shows of data of kind %s only plain values", (kind) => {
    const data = { port: "8080", "app.yaml": "key: value", api_token: "123" };
    expect(hide({ kind, data, binaryData: { blob: "AAECAw==" } })).toEqual({
      kind,
      data: { port: "8080", "app.yaml": "<hidden: 10 chars>", api_token: "<hidden: 3 chars>" },
      binaryData: { blob: "<hidden: 8 chars>" },
    });
  });

  test.each([
    ["hunter2"],
    ["12345678901234567890"],
    ["user/pass"],
    ["a:b"],
    ["postgres://a:b@c/d"],
    ["1m and more"],
    ["Trueish"],
    [""],
  ])("does not take %j for a plain value", (value) => {
    expect(hide({ env: [{ name: "X", value }] })).toEqual({
      env: [{ name: "X", value: `<hidden: ${value.length} chars>` }],
    });
  });

  test.each([
    ["LOG_LEVEL", "debug", "debug"],
    ["logLevel", "WARN", "WARN"],
    ["RUST_LOG", "trace", "trace"],
    ["LOG_LEVEL", "hunter", "<hidden: 6 chars>"],
    ["LOG_LEVEL", "debug-hunter2", "<hidden: 13 chars>"],
    ["GREETING", "debug", "<hidden: 5 chars>"],
    ["LOGIN", "debug", "<hidden: 5 chars>"],
    ["PASSWORD_LEVEL", "debug", "<hidden: 5 chars>"],
    ["TOKEN_LOG", "debug", "<hidden: 5 chars>"],
  ])("a log level is shown only where the name says that it is one: %s=%s", (name, value, shown) => {
    expect(hide({ env: [{ name, value }] })).toEqual({ env: [{ name, value: shown }] });
  });

  test.each(["DB_PASSWORD", "API_TOKEN", "SIGNING_KEY", "APP_KEY", "appKey", "LOGIN_PIN", "BASIC_AUTH"])(
    "does not show even a number under the name %s",
    (name) => {
      expect(hide({ env: [{ name, value: "123456" }] })).toEqual({ env: [{ name, value: "<hidden: 6 chars>" }] });
      expect(hide({ kind: "ConfigMap", data: { [name]: "123456" } })).toMatchObject({
        data: { [name]: "<hidden: 6 chars>" },
      });
    },
  );

  test("gives values of the same shape for any JSON, twice the same, and without a planted canary", () => {
    const canary = "canaryvalue";
    const tree = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom<unknown>("x", 1, null, true, "8080"),
        fc.array(tie("node"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom("kind", "data", "env", "args", "name", "value", "password", "spec"), tie("node")),
        fc.constant({ env: [{ name: "A", value: canary }] }),
        fc.constant({ kind: "ConfigMap", data: { a: canary } }),
        fc.constant({ kind: "Secret", data: { a: canary }, stringData: { b: canary } }),
        fc.constant({ adminPassword: canary }),
      ),
    })).node;
    fc.assert(
      fc.property(tree, (value) => {
        const once = hide(value);
        expect(JSON.stringify(once)).not.toContain(canary);
        expect(hide(once)).toEqual(once);
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  test("stops at a depth that no object of Kubernetes has", () => {
    let nested: unknown = "canary";
    for (let level = 0; level < 10_000; level++) nested = [nested];
    expect(JSON.stringify(hide(nested))).toContain("nested too deeply");
  });
});
