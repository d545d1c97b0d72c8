import { type Sandbox, startSandbox } from "@sre-agent/sandbox";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { COMMANDS } from "../src/command-table.ts";
import { call } from "./call.ts";
import { kubeconfigFile } from "./run-cli.ts";

// A machine that is busy takes its time; nothing here is about speed.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let sandbox: Sandbox;
let KUBECONFIG: string;

beforeAll(async () => {
  sandbox = await startSandbox();
  sandbox.apply({
    ...{ apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "system:node" } },
    rules: [],
  });
  KUBECONFIG = await kubeconfigFile(sandbox.kubeconfig);
});
afterAll(() => sandbox.stop());

const commands = await Promise.all(Object.values(COMMANDS).map((entry) => entry.load()));
const flags = commands.flatMap(({ name, options }) =>
  Object.entries(options).map(([flag, option]) => ({ command: name, flag: `--${flag}`, ...option })),
);
const positionals = commands.flatMap(({ name, positionals: each }) =>
  each.map((positional, at) => ({ command: name, at, ...positional })),
);

async function refusal(...args: readonly string[]) {
  const { code, stdout, stderr } = await call(args, { KUBECONFIG });
  // The demo tells as it goes.
  expect(stdout).toMatch(/^( +0\.\d s {2}A place to play\n)?$/);
  expect(stderr).not.toMatch(/^\s+at |Unexpected failure/m);
  return `${code}: ${stderr}`;
}

const usage = (command: string, said: string) => `2: ${said}\nSee: sre-agent ${command} --help\n`;

describe("every flag", () => {
  it.each(flags.filter(({ type }) => type === "boolean"))(
    "$command $flag takes no value",
    async ({ command, flag }) => {
      expect(await refusal(command, `${flag}=yes`)).toBe(usage(command, `${flag} takes no value.`));
    },
  );

  const pairs = flags.flatMap(({ without = [], ...flag }) => without.map((other) => ({ ...flag, other })));
  it.each(pairs)("$command $flag stands without --$other", async ({ command, flag, other }) => {
    const given = flags.find((each) => each.command === command && each.flag === `--${other}`);
    const value = given?.type === "string" ? [given.choices?.[0] ?? "x"] : [];
    expect(await refusal(command, flag, `--${other}`, ...value)).toBe(
      usage(command, `${flag} and --${other} exclude each other.`),
    );
  });

  const valued = flags.filter(({ type }) => type === "string");
  it.each(valued)("$command $flag needs a value, and no empty one", async ({ command, flag, value }) => {
    const given = required(command);
    expect(await refusal(command, ...given, flag)).toBe(
      usage(
        command,
        `${flag} needs a value: ${flag} ${value}; one that begins with a dash is written ${flag}=${value}.`,
      ),
    );
    expect(await refusal(command, ...given, flag, "")).toBe(usage(command, `${flag} is empty.`));
  });

  const chosen = valued.filter(({ choices }) => choices !== undefined);
  it.each(chosen)("$command $flag is one of its choices", async ({ command, flag, choices = [] }) => {
    const told = await refusal(command, ...required(command), flag, "xyzzy");
    expect(told).toBe(usage(command, `${flag} cannot be "xyzzy". Legal: ${choices.join(", ")}.`));
  });
});

describe("every argument", () => {
  const needed = positionals.filter(({ required: isNeeded }) => isNeeded);
  it.each(needed)("$command $name is not left out", async ({ command, name, choices }) => {
    const legal = choices === undefined ? "" : ` Legal: ${choices.join(", ")}.`;
    expect(await refusal(command)).toBe(usage(command, `${name} is missing.${legal}`));
  });

  it.each(positionals)("$command $name is not empty, and not of others than its choices", async (positional) => {
    const { command, name, at, choices } = positional;
    const before = required(command).slice(0, at);
    expect(await refusal(command, ...before, "")).toBe(usage(command, `${name} is empty.`));
    if (choices === undefined) return;
    const told = await refusal(command, ...before, "xyzzy");
    expect(told).toBe(usage(command, `${name} cannot be "xyzzy". Legal: ${choices.join(", ")}.`));
  });

  it.each(commands)("$name takes no argument too many", async ({ name, positionals: { length } }) => {
    const given = Array.from({ length: length + 1 }, () => "one-too-many");
    expect(await refusal(name, ...given)).toBe(usage(name, 'Unexpected argument "one-too-many".'));
  });
});

/** Legal values of a command's required arguments. */
function required(command: string): readonly string[] {
  return positionals
    .filter((each) => each.command === command && each.required)
    .map(({ choices }) => choices?.[0] ?? "act-0123456789abcdef");
}

/** What a command line needs beside the flag, so that the flag is looked at. */
const COMPANY: Readonly<Record<string, readonly string[]>> = {
  demo: ["--cluster"],
  mcp: ["--http"],
  transcript: ["unwell-1"],
};

const CLUSTER = {
  "--kubeconfig": ["/nowhere", /^1: There is no kubeconfig at \/nowhere\.\nChoose one with --kubeconfig FILE/],
  "--context": ["nowhere", /^1: There is no context "nowhere"\. Known: \w+\.\nChoose one with .* --context NAME/],
  "--namespace": ["nowhere", /^1: There is no namespace "nowhere"\.\nGive one with -n NAMESPACE/],
} as const;

const FILE = /^1: \/nowhere cannot be read: ENOENT, no such file or folder\.\nCheck the path\.\n$/;
const NEW_FILE = /^1: \/nowhere\/x cannot be written: ENOENT, no such file or folder\.\nCheck the folder/;
const NUMBER = (flag: string, value: string, range: string) =>
  new RegExp(`^2: ${flag} cannot be "${value}": it is a number from ${range}\\.\nSee: sre-agent investigate --help`);
const REMEDIATION = /^1: There is no SreRemediation "Web App" in namespace default\.\nList them: kubectl get/;

/** A wrong value of each flag and argument that takes no choice, and what a person is told. */
const WRONG: Readonly<Record<string, readonly (readonly [value: string, told: RegExp])[]>> = {
  "investigate TARGET": [
    ["web", /^2: TARGET cannot be "web": it is KIND\/NAME\.\nFor example: sre-agent investigate deployment\/web/],
    ["deployment/web/1", /^2: TARGET cannot be "deployment\/web\/1"/],
    ["gizmo/web", /^1: .*no kind "gizmo"[\s\S]*sre-agent crds apply/],
    [
      "clusterrole/system:node",
      /^1: ClusterRole\/system:node in default cannot be investigated: context\.target\.name must be a DNS-1123 name.*\nLook at the namespace as a whole/,
    ],
    ["deployment/Ünï Code", /^1: There is no Deployment "Ünï Code" in namespace default\.\nList them: kubectl get/],
  ],
  "investigate --file": [["/nowhere", FILE]],
  "investigate --model": [["gpt-5", /^1: 2 settings are wrong:\n {2}AZURE_OPENAI_ENDPOINT: is required with/]],
  "investigate --symptom": [["x".repeat(2_001), /^2: --symptom has 2001 characters: 2000 is the most\.\nSee: /]],
  "investigate --transcript": [["/nowhere/x", NEW_FILE]],
  "investigate --max-cost": ["0", "-1", "1e3", "five", "2000"].map((value) => [
    value,
    NUMBER("--max-cost", value, "0.000001 to 1000"),
  ]),
  "investigate --max-seconds": ["0", "-5", "0.5", "5m", "NaN", "3601"].map((value) => [
    value,
    NUMBER("--max-seconds", value, "1 to 3600"),
  ]),
  "capture --output": [["/nowhere/x", NEW_FILE]],
  "replay FILE": [["/nowhere", FILE]],
  "approve REMEDIATION": [["Web App", REMEDIATION]],
  "reject REMEDIATION": [["Web App", REMEDIATION]],
  "undo REMEDIATION": [["Web App", REMEDIATION]],
  "approve --reason": [["x".repeat(1_001), /^2: --reason has 1001 characters: 1000 is the most\.\nSee: /]],
  "reject --reason": [["x".repeat(1_001), /^2: --reason has 1001 characters: 1000 is the most\.\nSee: /]],
  "transcript INVESTIGATION": [["Web App", /^1: There is no SreInvestigation "Web App" in namespace default\.\nList/]],
  "transcript --file": [["/nowhere", FILE]],
};

/** `doctor` tells of its own, as checks. */
const clusterFlags = flags.filter(({ command, flag }) => flag in CLUSTER && command !== "doctor");
const free = [
  ...flags
    .filter(({ type, choices, flag }) => type === "string" && choices === undefined && !(flag in CLUSTER))
    .map(({ command, flag }) => `${command} ${flag}`),
  ...positionals.filter(({ choices }) => choices === undefined).map(({ command, name }) => `${command} ${name}`),
];

it("has a wrong value of every flag and argument, and of no other", () => {
  expect(Object.keys(WRONG).toSorted()).toEqual(free.toSorted());
});

const wrong = Object.entries(WRONG).flatMap(([key, cases]) => cases.map(([value, told]) => ({ key, value, told })));

it.each(wrong)("$key cannot be $value", async ({ key, value, told }) => {
  const [command = "", name = ""] = key.split(" ");
  // A transcript is asked for by name or from a file.
  const given = key === "transcript --file" || !name.startsWith("-") ? [] : required(command);
  const args = name.startsWith("-") ? [...given, `${name}=${value}`] : [value];
  expect(await refusal(command, ...args)).toMatch(told);
});

it.each(clusterFlags)("$command $flag leads nowhere", async ({ command, flag }) => {
  const [value, told] = CLUSTER[flag as keyof typeof CLUSTER];
  expect(await refusal(command, ...required(command), ...(COMPANY[command] ?? []), flag, value)).toMatch(told);
});

describe("a kubeconfig that leads", () => {
  it.each([
    [
      "to nobody",
      "http://127.0.0.1:9",
      /^1: The API server \S+ cannot be reached \(.*\)\.\nCheck the server's address.*\n$/,
    ],
    ["to no URL", "lab", /^1: The server of cluster "\S+" is no URL of an API server, such as .*\nChoose one with/],
    ["into a path that no API server has", "URL/lost", /^1: .*\n?.*check the server's address in the kubeconfig/],
  ])("%s", async (_, server, told) => {
    const url = server.replace("URL", sandbox.url);
    const kubeconfig = await kubeconfigFile(sandbox.kubeconfig.replaceAll(sandbox.url, url));
    expect(await refusal("diagnose", "-n", "default", "--kubeconfig", kubeconfig)).toMatch(told);
  });
});

describe("values that do not go together", () => {
  it.each([
    [["diagnose", "-A", "-n", "x"], /^2: Give either --namespace or --all-namespaces\.\nSee: /],
    [["transcript"], /^2: Give either INVESTIGATION or --file FILE\.\nSee: /],
    [["transcript", "x", "--file", "y"], /^2: Give either INVESTIGATION or --file FILE\.\nSee: /],
    [["policy", "show", "auto"], /^2: policy show takes no MODE\.\nSee: /],
    [["policy", "off", "auto"], /^2: policy off takes no MODE\.\nSee: /],
    [["policy", "set"], /^2: MODE is missing\. Legal: off, observe, propose, approve, auto\.\nSee: /],
    [["mcp", "--http", "--role", "all"], /^2: --role all is for stdio alone\.\nServe each by itself/],
    [
      ["demo", "--cluster", "--incident", "a.incident"],
      /^2: An incident file is played on an embedded cluster only\.\n/,
    ],
    [["capture", "-o", import.meta.filename], /^1: .* is there already\.\nGive another name, or remove it first\./],
  ])("%j", async (args, told) => {
    expect(await refusal(...args)).toMatch(told);
  });
});
