import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agentConfigSchema } from "@sre-agent/agent";
import { type ConfigRow, describeConfig } from "@sre-agent/frame";
import { mcpConfigSchema } from "@sre-agent/mcp-server";
import { operatorConfigSchema } from "@sre-agent/operator";
import { type Sandbox, startSandbox } from "@sre-agent/sandbox";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { call } from "./call.ts";
import { kubeconfigFile } from "./run-cli.ts";

// A machine that is busy takes its time; nothing here is about speed.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let sandbox: Sandbox;
let KUBECONFIG: string;
let folder: string;

beforeAll(async () => {
  sandbox = await startSandbox();
  KUBECONFIG = await kubeconfigFile(sandbox.kubeconfig);
  folder = await mkdtemp(join(tmpdir(), "settings-"));
});
afterAll(async () => {
  await sandbox.stop();
  await rm(folder, { recursive: true });
});

/** A wrong value of each type of setting, and what a person is told. */
const WRONG: Readonly<Record<string, readonly [value: string, told: RegExp]>> = {
  url: ["hunter2", /^expected an? .*URL/],
  path: [`/${"x".repeat(4_096)}`, /^expected a file path of at most 4096 characters$/],
  list: ["a,,b", /^expected a comma-separated list without empty or repeated items$/],
  text: ["x".repeat(5_000), /^expected text of at most \d+ characters$/],
  duration: ["5", /^expected a duration from \d+\w+ to \d+\w+, such as 15s, 2m or 1h$/],
  integer: ["1.5", /^expected a whole number from \d+ to \d+$/],
  number: ["-1", /^expected a number from \d+ to \d+$/],
  port: ["65536", /^expected a port from 0 to 65535$/],
  boolean: ["yes", /^expected true or false$/],
};
/** `rules \| chat`: one of these words. */
const CHOICE = ["hunter2", /^expected one of \w+(, \w+)+$/] as const;

const wrongValue = ({ type }: ConfigRow) => (type.includes(" \\| ") ? CHOICE : WRONG[type]);

const PROCESSES = [
  { args: ["operator"], schema: operatorConfigSchema },
  { args: ["agent"], schema: agentConfigSchema },
  { args: ["mcp", "--http", "--role", "read"], schema: mcpConfigSchema },
  { args: ["mcp", "--http", "--role", "act"], schema: mcpConfigSchema },
];

describe.each(PROCESSES)("$args", ({ args, schema }) => {
  const rows = describeConfig(schema);

  it("tells of every setting that is wrong, all at once, without its value", async () => {
    expect(rows.filter((row) => wrongValue(row) === undefined)).toEqual([]);
    const environment = Object.fromEntries(rows.map((row) => [row.name, wrongValue(row)?.[0] ?? ""]));
    const { code, stdout, stderr } = await call(args, { KUBECONFIG, ...environment });
    expect([code, stdout]).toEqual([1, ""]);
    const [first, ...lines] = stderr.trimEnd().split("\n");
    expect(first).toBe(`${rows.length} settings are wrong:`);
    expect(lines.pop()).toBe("Correct the environment; docs/configuration.md lists every setting.");
    const told = Object.fromEntries(lines.map((line) => line.trim().split(/: (.*)/s)));
    expect(told).toEqual(
      Object.fromEntries(rows.map((row) => [row.name, expect.stringMatching(wrongValue(row)?.[1] ?? /^$/)])),
    );
    expect(stderr).not.toMatch(/hunter2|xxxx/);
  });

  it("tells of every setting that is missing", async () => {
    const needed = rows.filter((row) => row.default === "required").map(({ name }) => `  ${name}: is required`);
    const { stderr } = await call(args, { KUBECONFIG, PORT: "x" });
    for (const line of needed) expect(stderr).toContain(line);
    expect(stderr).toContain("  PORT: ");
  });
});

describe("settings that are right in themselves", () => {
  const empty = () => join(folder, "empty");
  const secret = () => join(folder, "secret");
  beforeAll(() => Promise.all([writeFile(empty(), "\n"), writeFile(secret(), "s3cret\n")]));
  const operator = (file: string) => ({ AGENT_URL: "http://127.0.0.1:9", AGENT_SECRET_FILE: file });
  const agent = (own: string, token: string) => ({
    ...{ MCP_READ_URL: "http://127.0.0.1:9", AGENT_SECRET_FILE: own, MCP_TOKEN_FILE: token },
  });

  it.each([
    ["a secret that is not there", ["operator"], () => operator("/nowhere"), /^The secret file \/nowhere cannot be/],
    ["an empty secret", ["operator"], () => operator(empty()), /because: it is empty\nMount the Secret there/],
    ["a secret that is not there", ["agent"], () => agent("/nowhere", secret()), /^The secret file \/nowhere cannot/],
    ["a token that is not there", ["agent"], () => agent(secret(), "/nowhere"), /^The secret file \/nowhere cannot/],
    ["an address of nobody", ["mcp", "--http"], () => ({ HOST: "300.1.1.1" }), /^300\.1\.1\.1 port \d+ cannot be/],
    [
      "an audit file nowhere",
      ["mcp", "--http", "--role", "act"],
      () => ({ AUDIT_FILE: "/nowhere/x" }),
      /^AUDIT_FILE \/nowhere\/x cannot be written\.\n {2}because: ENOENT[\s\S]*folder that this process may write to/,
    ],
    ["a Loki that is no URL, on stdio", ["mcp"], () => ({ LOKI_URL: "loki" }), /^1 setting is wrong:\n {2}LOKI_URL: /],
  ])("%s: %j does not start", async (_, args, environment, told) => {
    const { code, stderr } = await call(args, { KUBECONFIG, PORT: "0", ...environment() });
    expect([code, stderr]).toEqual([1, expect.stringMatching(told)]);
  });
});
