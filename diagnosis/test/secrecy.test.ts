import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changesOf, diagnose, diffTemplates, indexSnapshot } from "../src/index.ts";
import { crashing, deployment, log, snapshot } from "./builders.ts";

const env = (name: string, value: string) => ({ env: [{ name, value }] });
const secret = fc
  .string({ minLength: 8, maxLength: 40, unit: fc.constantFrom(..."abcdefghijkXYZ0123456789-_/:@!") })
  .filter((text) => /[a-zA-Z]{3}/.test(text))
  .map((text) => `q9${text}zQ`);

test("no literal env value is ever printed, whoever repeats it", () => {
  fc.assert(
    fc.property(secret, secret, fc.constantFrom("DB_PASSWORD", "APP_IMAGE_KEY", "URL"), (before, after, name) => {
      const objects = deployment([
        { container: { ...env(name, before), args: [`--token=${before}`] }, pods: [{}] },
        {
          container: { ...env(name, after), args: [`--token=${after}`] },
          pods: [crashing(1, { message: `bad ${after}` })],
        },
      ]);
      const given = snapshot(objects, [log("web-r2-0", `fatal: cannot use ${after}, was ${before}`)]);
      const index = indexSnapshot(given);
      const workload = index.byName("Deployment", "shop", "web");
      const output = JSON.stringify([diagnose(given), workload && changesOf(index, workload)]);
      expect(output).toContain(`env[${name}]`);
      expect(output).not.toContain(JSON.stringify(before).slice(1, -1));
      expect(output).not.toContain(JSON.stringify(after).slice(1, -1));
    }),
    { numRuns: 200, seed: 1 },
  );
});

test("the password of a URL is hidden even where it stands alone", () => {
  const objects = deployment([
    { container: env("DATABASE_URL", "postgres://shop:correct-horse@db/x"), pods: [crashing(1)] },
  ]);
  const [finding] = diagnose(snapshot(objects, [log("web-r1-0", "fatal: wrong password correct-horse for shop")]));
  expect(finding?.cause).toContain("fatal: wrong password <env DATABASE_URL> for shop");
  expect(JSON.stringify(finding)).not.toContain("correct-horse");
});

test("no part of a password is taken for the host of its URL", () => {
  const objects = deployment([
    { container: env("DATABASE_URL", "postgres://shop:correct@horse@db/x"), pods: [crashing(1)] },
  ]);
  const findings = diagnose(snapshot(objects, [log("web-r1-0", "fatal: lookup cache: no such host; correct@horse")]));
  expect(JSON.stringify(findings)).toContain("<env DATABASE_URL>");
  expect(JSON.stringify(findings)).not.toContain("horse");
});

test("a value that is cut off at the end of a quote is hidden too", () => {
  const value = `q9-${"k".repeat(400)}`;
  const objects = deployment([{ container: env("DB_PASSWORD", value), pods: [crashing(1)] }]);
  const [finding] = diagnose(snapshot(objects, [log("web-r1-0", `fatal: bad password ${value}`)]));
  expect(finding?.cause).toContain("fatal: bad password <env DB_PASSWORD>");
  expect(JSON.stringify(finding)).not.toContain("q9-k");
});

test("a quote ends before a word that does not fit, which may be half of a credential", () => {
  for (let count = 85; count < 105; count += 1) {
    const line = `fatal: ${"no answer ".repeat(count)}postgres://app:correct-horse-battery-staple@db/shop`;
    const objects = deployment([{ container: {}, pods: [crashing(1)] }]);
    const findings = diagnose(snapshot(objects, [log("web-r1-0", line)]));
    expect(JSON.stringify(findings)).toContain("no answer");
    expect(JSON.stringify(findings)).not.toMatch(/app:c(?!orrect-horse-battery-staple@)/);
  }
});

test("each line of a value of several lines is hidden", () => {
  const value = "-----BEGIN KEY-----\nMIIEabcdefgh\n-----END KEY-----";
  const objects = deployment([{ container: env("TLS_KEY", value), pods: [crashing(1)] }]);
  const [finding] = diagnose(snapshot(objects, [log("web-r1-0", "fatal: invalid key MIIEabcdefgh")]));
  expect(finding?.cause).toContain("fatal: invalid key <env TLS_KEY>");
});

const containerDiff = (before: object, after: object) =>
  diffTemplates(
    { spec: { containers: [{ name: "web", ...before }] } },
    { spec: { containers: [{ name: "web", ...after }] } },
  ).changes;
const at = (field: string) => `spec.template.spec.containers[web].${field}`;

describe("template diff", () => {
  test.each([
    ["a port in an env", env("PORT", "8080"), env("PORT", "9090"), "env[PORT]", "8080", "9090"],
    ["a duration in an env", env("TIMEOUT", "30s"), env("TIMEOUT", "1ms"), "env[TIMEOUT]", "30s", "1ms"],
    [
      "an image name in an env",
      env("RUNNER_IMAGE", "app:1"),
      env("RUNNER_IMAGE", "app:2"),
      "env[RUNNER_IMAGE]",
      "app:1",
      "app:2",
    ],
    ["a log level in an env", env("LOG_LEVEL", "info"), env("LOG_LEVEL", "DEBUG"), "env[LOG_LEVEL]", "info", "DEBUG"],
    ["a path in an env", env("SPOOL_DIR", "/a/b"), env("SPOOL_DIR", "/c.d"), "env[SPOOL_DIR]", "/a/b", "/c.d"],
    ["a path under a secret's name", {}, env("TOKEN_PATH", "/a/b"), "env[TOKEN_PATH]", undefined, "(hidden)"],
    ["no path", env("SPOOL_DIR", "/a b"), env("SPOOL", "/a"), "env[SPOOL_DIR]", "(hidden)", undefined],
    [
      "another word in the env of a log level",
      env("LOG_LEVEL", "hunter"),
      env("LOG_LEVEL", "info"),
      "env[LOG_LEVEL]",
      "(hidden)",
      "info",
    ],
    [
      "a log level's word under another name",
      env("GREETING", "debug"),
      env("TOKEN_LOG", "debug"),
      "env[GREETING]",
      "(hidden)",
      undefined,
    ],
    [
      "a secret's name that ends like one",
      {},
      env("PASSWORD_LEVEL", "debug"),
      "env[PASSWORD_LEVEL]",
      undefined,
      "(hidden)",
    ],
    ["text in an env", env("MODE", "alpha"), env("MODE", "beta"), "env[MODE]", "(hidden)", "(hidden, another value)"],
    [
      "a reference instead of text",
      env("KEY", "abc"),
      { env: [{ name: "KEY", valueFrom: { secretKeyRef: { name: "db", key: "pw" } } }] },
      "env[KEY]",
      "(hidden)",
      "secretKeyRef db/pw",
    ],
    ["an executable", { command: ["server"] }, { command: ["serv"] }, "command[0]", "server", "serv"],
    [
      "an argument",
      { args: ["--user=me"] },
      { args: ["--user=you"] },
      "args[0]",
      "(hidden)",
      "(hidden, another value)",
    ],
    ["a flag with a number", { args: ["--port=1"] }, { args: ["--port=2"] }, "args[0]", "--port=1", "--port=2"],
    [
      "a removed limit",
      { resources: { limits: { memory: "64Mi" } } },
      {},
      "resources.limits.memory",
      "64Mi",
      undefined,
    ],
    [
      "a header of a probe",
      { readinessProbe: { httpGet: { httpHeaders: [{ name: "A", value: "x y" }] } } },
      {},
      "readinessProbe.httpGet.httpHeaders[A].value",
      "(hidden)",
      undefined,
    ],
  ])("%s", (...[, before, after, field, from, to]) => {
    expect(containerDiff(before, after)).toContainEqual({ path: at(field), before: from, after: to });
  });

  test.each([
    "DB_PASSWORD",
    "API_TOKEN",
    "SIGNING_KEY",
    "KEY",
    "clientSecret",
    "LOGIN_PIN",
    "DB_PASS",
    "DB_PASSWORD_1",
  ])("never shows a number under the name %s, in env or as a flag", (name) => {
    const before = { ...env(name, "123456"), args: [`--${name}=123456`] };
    const after = { ...env(name, "654321"), args: [`--${name}=654321`] };
    const changes = containerDiff(before, after);
    expect(changes.map(({ path }) => path)).toEqual([at("args[0]"), at(`env[${name}]`)]);
    expect(JSON.stringify(changes)).not.toMatch(/123456|654321/);
  });

  test.each([
    ["TOKEN_TTL", "30s", "1ms"],
    ["PASSWORD_MIN_LENGTH", "8", "99"],
    ["MAX_TOKENS", "4096", "1"],
    ["KEYCLOAK_PORT", "8080", "8081"],
    ["AUTH_TIMEOUT", "5s", "1s"],
    ["TOKEN_URL", "http://auth:80", "http://auht:80"],
  ])("shows what is only about a secret: %s", (name, before, after) => {
    expect(containerDiff(env(name, before), env(name, after))).toEqual([{ path: at(`env[${name}]`), before, after }]);
  });

  test.each([
    "http://user:pw@api",
    "http://user@api:80",
    "user@api:80",
    "http://api/path",
    "http://api:80/?key=1",
    "http://api?key=1",
    "http://api#part",
    "api/path",
  ])("of the address %s shows nothing", (value) => {
    expect(containerDiff(env("API_URL", "http://api:80"), env("API_URL", value))).toEqual([
      { path: at("env[API_URL]"), before: "http://api:80", after: "(hidden)" },
    ]);
  });

  test("is bounded and says how much it left out", () => {
    const many = (value: string) => ({
      env: Array.from({ length: 30 }, (_, number) => ({ name: `V${number}`, value })),
    });
    const diff = diffTemplates(
      { spec: { containers: [{ name: "web", ...many("1") }] } },
      { spec: { containers: [{ name: "web", ...many("2") }] } },
    );
    expect([diff.changes.length, diff.omitted]).toEqual([20, 10]);
  });

  test("equal templates have no difference, whatever the order of env", () => {
    const [a, b] = [
      { name: "A", value: "x" },
      { name: "B", value: "y" },
    ];
    expect(containerDiff({ env: [a, b] }, { env: [b, a] })).toEqual([]);
  });
});
