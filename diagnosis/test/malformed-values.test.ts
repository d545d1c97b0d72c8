import { describe, expect, test } from "vitest";
import type { Fields } from "./builders.ts";
import { app, CRASHING, found, object, said, service } from "./objects.ts";

/** A client of Service db that crashes, and takes its host from a Secret, whose values nobody reads. */
const login = object("Secret", "login", { data: { host: "", user: "" } });
const fromSecret = (name: string, key: string) => ({ name, valueFrom: { secretKeyRef: { name: "login", key } } });
const client = (container: Fields, volumes: readonly Fields[] = []) => [
  ...app("db"),
  service("db-main", { selector: { app: "db" } }),
  ...app("web", { ...CRASHING, spec: { containers: [{ name: "main", image: "app:1", ...container }], volumes } }),
];
const byKeys = client({ env: [fromSecret("DB_HOST", "host"), fromSecret("DB_USER", "user")] });
const lost = (host: string) => [said("web-0", `connecting\ngetaddrinfo ENOTFOUND ${host}`)];
const ENCODED = Buffer.from("db-main\n").toString("base64");

describe("a host that is the base64 of the name of a Service", () => {
  test.each([
    ["in a key of a Secret", byKeys],
    ["in a Secret that is taken as a whole", client({ envFrom: [{ secretRef: { name: "login" } }] })],
    [
      "in a file of a volume",
      client({ volumeMounts: [{ name: "login", mountPath: "/login" }] }, [
        { name: "login", secret: { secretName: "login" } },
      ]),
    ],
  ])("%s: the value was encoded twice, and is not said", (_, given) => {
    const findings = found([...given, login], lost(ENCODED));
    expect(findings).toMatchObject([
      {
        analyzer: "twice-encoded",
        severity: "critical",
        subject: { kind: "Deployment", name: "web" },
        cause:
          "Deployment/web calls a host by the base64 of the name of a Service: the value of key host of Secret login was encoded twice",
        fix: { kind: "decision", summary: expect.stringContaining("key host of Secret login") },
      },
    ]);
    expect(JSON.stringify(findings)).not.toContain(ENCODED);
  });

  test("in a literal env entry", () => {
    const [finding] = found(client({ env: [{ name: "DB", value: ENCODED }] }), lost(ENCODED));
    expect(finding?.cause).toMatch(/the value of env DB of container main was encoded twice$/);
  });
});

test.each([
  ["the base64 of no Service", Buffer.from("elsewhere").toString("base64")],
  ["what no Service can be called", "zzQQzz"],
])("a host that is %s is no Service to create", (_, host) => {
  const findings = found([...byKeys, login], lost(host));
  expect(findings.map(({ analyzer }) => analyzer)).toEqual(["crash-loop"]);
  expect(JSON.stringify(findings)).not.toMatch(/create Service/);
});

test("capitals do not hide the Service that is meant", () => {
  const causes = found([...byKeys, login], lost("DB-Mian")).map(({ cause }) => cause);
  expect(causes).toEqual([expect.stringMatching(/the nearest is Service\/db-main$/)]);
});

const MALFORMED = [said("web-0", "curl: (3) URL using bad/illegal format or missing URL")];
const settings = (token: string) => object("ConfigMap", "settings", { data: { token } });
const byConfig = client({ envFrom: [{ configMapRef: { name: "settings" } }] });

describe("what a program finds malformed", () => {
  test("comes of a Secret, whose value is not read: the key is named", () => {
    const [finding] = found([...byKeys, login], MALFORMED);
    expect(finding?.cause).toMatch(
      /; container main takes an address from key host of Secret login, whose value is not read here$/,
    );
    expect(finding?.fix).toMatchObject({ summary: expect.stringMatching(/^look whether the value of key host/) });
  });

  test("ends in a line break in a ConfigMap, whatever its key is called", () => {
    const given = [...byConfig, settings("Bearer abc\n")];
    const [finding] = found(given, [said("web-0", "net/http: invalid header field value for Authorization")]);
    expect(finding?.cause).toMatch(
      /; the value of key token of ConfigMap settings, .* has white space or a line break/,
    );
  });

  test.each([
    ["a whole value", [...byConfig, settings("Bearer abc")], MALFORMED],
    ["an address to listen at", byKeys, [said("web-0", "FATAL: listen tcp: address :99999: invalid port")]],
    ["other words", [...byConfig, settings("Bearer abc\n")], [said("web-0", "FATAL: out of ideas")]],
    ["a Secret without an address", client({ env: [fromSecret("DB_USER", "user")] }), MALFORMED],
  ])("silent: %s", (_, given, logs) => {
    const causes = found([...given, login], logs).map(({ cause }) => cause);
    expect(causes.filter((cause) => /white space|not read here/.test(cause))).toEqual([]);
    expect(causes).toHaveLength(1);
  });
});
