import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createPseudonyms } from "./pseudonyms.ts";
import { redact } from "./redact.ts";

const options = { pseudonym: createPseudonyms(new Uint8Array(32).fill(7)) };
const clean = (text: string) => redact(text, options).text;

// Assembled, so that no scanner takes this file for a leak.
const JWT = ["eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiIxMjM0NTY3ODkwIn0", "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"].join(
  ".",
);
const CANARIES: readonly (readonly [name: string, secret: string, text: (secret: string) => string])[] = [
  ["a JWT", JWT, (secret) => `token rejected: ${secret}, retry`],
  ["an AWS key id", "AKIA" + "IOSFODNN7EXAMPLE", (secret) => `using ${secret}`],
  ["an AWS secret key", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", (secret) => `aws said ${secret}`],
  ["a GCP key", `AIza${"SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q"}`, (secret) => `?key=${secret}`],
  ["a GitHub token", `ghp_${"16C7e42F292c6912E7710c838347Ae178B4a"}`, (secret) => `https://${secret}@github.com/a/b`],
  ["a Slack token", `xoxb-${"123456789012-abcdefABCDEF"}`, (secret) => `slack: ${secret}`],
  ["a Slack webhook", "T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX", (s) => `https://hooks.slack.com/services/${s}`],
  ["a Stripe key", `sk_live_${"4eC39HqLyjWDarjtT1zdp7dc"}`, (secret) => `charge with ${secret} failed`],
  [
    "an Azure storage key",
    `${"abCD12efGH34ijKL56mnOP78qrST90uvWX".repeat(2)}==`,
    (s) => `AccountName=x;AccountKey=${s};Foo=1`,
  ],
  [
    "an Azure SAS signature",
    "nF%2Bq3b7T0bm1dQfJ9uQ1b2",
    (secret) => `https://a.blob.core.windows.net/c?sv=1&sig=${secret}`,
  ],
  ["a password in a URL", "p@ss:w0rd", (secret) => `postgres://app:${secret}@db:5432/shop`],
  ["an authorization header", "dXNlcjpodW50ZXIy", (secret) => `Authorization: Basic ${secret}`],
  ["a bearer header", "abcdef123456", (secret) => `curl -H 'authorization: Bearer ${secret}'`],
  ["a cookie", "sid=abc; theme=dark", (secret) => `Cookie: ${secret}\nHost: x`],
  ["an assignment", "hunter2", (secret) => `DB_PASSWORD=${secret} starting`],
  ["an assignment of a numeric password", "123456", (secret) => `password: ${secret}`],
  ["a constant with a suffix", "hunter2", (secret) => `export DB_PASSWORD_PROD=${secret}`],
  ["a JSON member", "hun ter,2", (secret) => `{"user":"a","dbPassword":"${secret}","x":1}`],
  [
    "a JSON member inside JSON",
    "hunter2",
    (secret) => JSON.stringify({ body: JSON.stringify({ client_secret: secret }) }),
  ],
  ["a JSON member with quotes", `it's \\"hunter2\\" x`, (secret) => `{"password": "${secret}", "x": 1}`],
  ["a variable before a command", "hunter2", (secret) => `PGPASSWORD=${secret} psql -h db`],
  ["a name of two words", "hunter2", (secret) => `tokenPassword=${secret}`],
  ["an assignment inside a value", "hunter2", (secret) => `secretName: password=${secret}`],
  ["an assignment inside an object", "hunter2", (secret) => `token: {password: ${secret}}`],
  ["a YAML member", "hunter2", (secret) => `api-key: '${secret}'\nport: 1`],
  ["a connection string", "Server=db;Uid=a;Pwd=x y", (secret) => `connectionString="${secret}"`],
  ["a connection string's password", "hunter2", (secret) => `Server=db;Password=${secret};Port=1`],
  ["a flag", "hunter2", (secret) => `mysql --password ${secret} -h db`],
  ["a flag in a list", "hunter2", (secret) => `["--db-password", "${secret}"]`],
  ["an environment entry", "hunter2", (secret) => `{"name":"DB_PASSWORD","value":"${secret}"}`],
  ["a user and password for curl", "hunter2", (secret) => `curl -fsS -u app:${secret} http://api/`],
  ["a user and password in a list", "hunter2", (secret) => `["curl", "-u", "app:${secret}", "http://api/"]`],
  ["a password for mysql", "hunter2", (secret) => `mysql -uapp -p${secret} -h db`],
  ["a password for redis", "hunter2", (secret) => `redis-cli -h cache -a ${secret} ping`],
  ["a password for ssh", "hunter2", (secret) => `sshpass -p ${secret} ssh host`],
  ["a header of a web server", "aHVudGVyMg", (secret) => `proxy_set_header Authorization "Basic ${secret}";`],
  ["a token that is a number", "31750864", (secret) => `start --auth-token=${secret}`],
  ["base64 of an assignment", Buffer.from("password=hunter2").toString("base64"), (secret) => `data ${secret}`],
  ["base64 of a URL", Buffer.from("amqp://app:hunter2@mq").toString("base64"), (secret) => `data: ${secret}`],
  ["a random token", "Zx8Kq2Lm9Pw4Rt7Yb3Nc", (secret) => `session ${secret} lost`],
];

const KEY_BLOCK = [
  "-----BEGIN RSA PRIVATE",
  " KEY-----\nMIIEowIBAAKCAQEA1c7+9z5Pad7OejecsQ0bu3aumYcUGbLzA\nabc=\n-----END RSA PRIVATE",
  " KEY-----",
].join("");

describe("redact hides", () => {
  test.each(CANARIES)("%s", (_name, secret, text) => {
    const redacted = redact(text(secret), options);
    expect(redacted.text).not.toContain(secret);
    expect(redacted.text).toMatch(/<redacted:[a-z0-9-]+:[0-9a-f]{8}>/);
    expect(Object.keys(redacted.hits).length).toBeGreaterThan(0);
  });

  test.each([
    ["whole", `before ${KEY_BLOCK} after`],
    ["with escaped line ends", `before ${JSON.stringify(KEY_BLOCK)} after`],
    ["without its end", `before ${KEY_BLOCK.slice(0, 90)}`],
  ])("a PEM block %s", (_name, text) => {
    expect(clean(text)).not.toContain("MIIEow");
    expect(clean(text)).toContain("before");
  });

  test("the same secret under the same placeholder, and names, users and hosts not at all", () => {
    const text = clean(`password=hunter2 … postgres://app:hunter3@db/shop … password=hunter2`);
    expect(text).toMatch(
      /^password=(<redacted:password:\w+>) … postgres:\/\/app:<redacted:url-password:\w+>@db\/shop … password=\1$/,
    );
  });

  test("planted canaries in any surrounding text", () => {
    const noise = fc.string({ unit: fc.constantFrom(..."ab Z9 \n\"'{}[]:,=;/.-_\\<>") });
    fc.assert(
      fc.property(noise, fc.constantFrom(...CANARIES), noise, (before, [, secret, text], after) => {
        expect(clean(`${before}\n${text(secret)}\n${after}`)).not.toContain(secret);
      }),
      { numRuns: 500, seed: 1 },
    );
  });
});

describe("redact keeps readable", () => {
  test.each([
    "nginx@sha256:4c0fdaa8b6341bfdeca5f18f7837462c80cff90527ee35ef185571e1c327beac",
    "pod uid 3f2a1c9e-8b7d-4e5f-9a0b-1c2d3e4f5a6b",
    "PVC/3f2a1c9e-8b7d-4e5f-9a0b-1c2d3e4f5a6b",
    "pod-template-hash=7d9f8b6c5d",
    "checkout-7d9f8b6c5d-x2x4q",
    "Deployment/checkout-payments-gateway-7d9f8b6c5d-x2x4q",
    "commit 9f2935d1c0ffee5ab8a0c1d2e3f4a5b6c7d8e9f0",
    "2026-11-24T08:37:08.123456Z stdout F",
    "resourceVersion: 184467440737",
    "/var/lib/kubelet/pods/3f2a1c9e-8b7d-4e5f-9a0b-1c2d3e4f5a6b/volumes/kubernetes.io~projected/kube-api-access-x7k2p",
    'MountVolume.SetUp failed for volume "db" : secret "db-credentials" not found',
    "couldn't find key password in Secret shop/db-credentials",
    "failed to pull secret: unauthorized",
    "couldn't get token: dial tcp 10.0.0.1:443: connect: connection refused",
    'key "password" in secret: db-credentials missing',
    "password: required",
    "secretName: db-credentials",
    "automountServiceAccountToken: true",
    "tokenExpirationSeconds: 3607",
    "maxTokens: 4096, tokens: 120",
    '{"inputTokens":1234567,"outputTokens":89012}',
    "docker run -u 1000:1000 app",
    "kubectl auth can-i --list --user system:serviceaccount:shop:web",
    "mysql -p -h db --port 3306",
    "imagePullSecrets: regcred",
    "Bearer authentication failed",
    "bypass: cache",
    "PWD=/app/server",
    "DB_PASSWORD=$(DB_PASSWORD_FROM_SECRET)",
    "https://shop.example.com:8080/a?b=c@d",
    "java.lang.IllegalStateException: at com.shop.CheckoutService.handleRequest(CheckoutService.java:42)",
    "HorizontalPodAutoscalerV2ConditionScalingLimited",
    "org.springframework.boot.autoconfigure.jdbc.DataSourceBeanCreationException",
    "containerd://0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9",
    "registry.example.com/Team/app:v1.2.3-rc1-20261124-gabcdef0",
    "E1124 08:37:08.123456       1 reflector.go:158] Unhandled Error",
    "ip-10-0-12-34.eu-central-1.compute.internal",
    "system:serviceaccount:shop:checkout-service-account-with-a-long-name",
  ])("%s", (text) => {
    expect(redact(text, options)).toEqual({ text, hits: {} });
  });
});

describe("redact is safe to run", () => {
  const fragment = fc.constantFrom(
    ...CANARIES.map(([, secret, text]) => text(secret)),
    ...[
      "password=",
      "token: ",
      '"',
      "'",
      "\\",
      "=",
      ":",
      "eyJ",
      "://a:",
      "@",
      "Bearer ",
      "<redacted:jwt:9f3a>",
      "<redacted:",
      "\n",
      " ",
      "a1",
      ",",
    ],
    KEY_BLOCK,
    "-----BEGIN X-----",
  );

  test("twice with the result of once", () => {
    const text = fc
      .array(fc.oneof(fragment, fc.string({ maxLength: 12 })), { maxLength: 12 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, (given) => {
        const first = clean(given);
        expect(redact(first, options)).toEqual({ text: first, hits: {} });
      }),
      { numRuns: 2_000, seed: 1 },
    );
  });

  const SIZE = 1 << 20;
  test.each([
    "a",
    "eyJ",
    "eyJaaaaaaaa.",
    "password",
    "password=",
    'password="',
    "token",
    "://a:",
    "://",
    "sk-",
    "mysql ",
    "-u a:",
    "A",
    "A1b",
    "=",
    "-",
    '"name":"',
    "--",
    "-----BEGIN A-----",
    "-----BEGIN A-----\\n",
    "bearer ",
    "cookie:",
    "authorization:",
    "\\",
    '\\"',
    "pass_",
    "passpass ",
    "AKIA",
    "ghp_",
    "x.y/",
    "<redacted:",
    "--a-",
    "aB",
    " ",
    "\n",
  ])("in linear time over a megabyte of %j", (unit) => {
    const text = (size: number) => unit.repeat(size / unit.length);
    const time = (size: number) => {
      const started = process.hrtime.bigint();
      clean(text(size));
      return Number(process.hrtime.bigint() - started) / 1e6;
    };
    // Far above the linear cost on the slowest machine, far below what anything quadratic takes.
    expect(time(SIZE)).toBeLessThan(15_000);
  });
});

test("a pseudonym depends on key, kind and value, and a short key is refused", () => {
  const other = createPseudonyms(new Uint8Array(32).fill(8));
  const { pseudonym } = options;
  expect(new Set([pseudonym("a", "x"), pseudonym("b", "x"), pseudonym("a", "y"), other("a", "x")]).size).toBe(4);
  expect(() => createPseudonyms(new Uint8Array(8))).toThrow(RangeError);
});
