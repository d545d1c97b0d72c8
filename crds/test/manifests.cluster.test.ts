import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KINDS } from "../src/kinds/registry.ts";
import { IMMUTABLE } from "../src/schema/kind.ts";
import { WHOLE_SPECS } from "./whole-objects.ts";
import { rulesOf, type WrongField, wrongFieldsOf } from "./wrong-fields.ts";
import { WRONG_OBJECTS } from "./wrong-objects.ts";

const run = promisify(execFile);
/** What is said of an object of half a megabyte repeats it. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const NAMESPACE = "crds-test";

async function kubectl(input: unknown, ...args: readonly string[]): Promise<string> {
  const child = run("kubectl", [...args], { maxBuffer: MAX_OUTPUT_BYTES });
  child.child.stdin?.end(input === undefined ? "" : JSON.stringify(input));
  const { stdout } = await child;
  return stdout;
}

beforeAll(async () => {
  await kubectl(undefined, "apply", "-f", "crds/manifests");
  await kubectl(undefined, "wait", "--for=condition=Established", "crd/srepolicies.sre-agent.dev", "--timeout=30s");
  await kubectl(undefined, "create", "namespace", NAMESPACE).catch(() => undefined);
});
afterAll(async () => {
  await kubectl(undefined, "delete", "namespace", NAMESPACE, "--wait=false");
});

interface Refused {
  readonly stdout: string;
  readonly stderr: string;
}

/** What is said of each object, in one call. */
async function refusals(kind: string, wrong: readonly WrongField[]): Promise<(name: string) => string> {
  const items = wrong.map(({ spec }, at) => object(kind, spec, `wrong-${at}`));
  const list = { apiVersion: "v1", kind: "List", items };
  const args = ["create", "--dry-run=server", "--validate=ignore", "-o", "name", "-n", NAMESPACE, "-f", "-"];
  const { stdout, stderr }: Refused = await kubectl(list, ...args).then(
    (taken) => ({ stdout: taken, stderr: "" }),
    (error: Refused) => error,
  );
  expect(stdout).toBe("");
  const told = stderr.split(/^(?=The |Error from server)/m);
  return (name) => told.find((each) => each.includes(`"${name}"`)) ?? stderr.slice(0, 1_000);
}

const object = (kind: string, spec: unknown, name: string) => {
  return { apiVersion: "sre-agent.dev/v1alpha1", kind, metadata: { name }, spec };
};

interface Immutable {
  readonly kind: string;
  /** What admission lets only the user say who creates it. */
  readonly own?: (user: string) => object;
  readonly change: object;
}

const RECORDS: readonly Immutable[] = [
  { kind: "SreInvestigation", own: (user) => ({ requester: { user } }), change: { symptom: "fast" } },
  { kind: "SreTranscript", change: { entries: "[]" } },
  { kind: "SreRemediation", change: { reason: "another" } },
  { kind: "SreApproval", own: (approver) => ({ approver, groups: [] }), change: { decision: "Reject" } },
];

describe.each(KINDS)("a $kind on a real API server", (definition) => {
  const { kind } = definition;

  it("is taken with every field, unless it speaks for somebody else", async () => {
    const whole = object(kind, WHOLE_SPECS[kind], kind === "SrePolicy" ? "default" : "whole");
    const args = ["--dry-run=server", "--validate=strict", "-o", "name", "-n", NAMESPACE, "-f", "-"];
    const said = await kubectl(whole, "apply", ...args).catch(({ stderr }: Refused) => stderr);
    // Admission policies, where they are installed, are asked after the schema.
    expect(said).toMatch(/^sre\w+\.sre-agent\.dev\/|must be the user who creates/);
  });

  it("is refused with a wrong value of any field, by the name of the field", async () => {
    const wrong = wrongFieldsOf(definition);
    const saidOf = await refusals(kind, wrong);
    const unclear = wrong.flatMap(({ title, message }, at) => {
      const said = saidOf(`wrong-${at}`);
      return message.test(said) ? [] : [`${title}: ${said.slice(0, 400)}`];
    });
    expect(unclear).toEqual([]);
  });
});

describe("the kinds on a real API server", () => {
  it.each(WRONG_OBJECTS)("refuses $title", async ({ object, message }) => {
    const refused = kubectl(object, "create", "--dry-run=server", "--validate=strict", "-n", NAMESPACE, "-f", "-");
    await expect(refused).rejects.toThrow(message);
  });

  it("accepts the samples", async () => {
    await kubectl(undefined, "create", "namespace", "shop").catch(() => undefined);
    const named = ["policy", "trigger", "action", "opt-in"].flatMap((name) => ["-f", `deploy/samples/${name}.yaml`]);
    const applied = await kubectl(undefined, "apply", "--dry-run=server", "-o", "name", ...named);
    const generated = ["-f", "deploy/samples/investigation.yaml"];
    const accepted = applied + (await kubectl(undefined, "create", "--dry-run=server", "-o", "name", ...generated));
    for (const kind of ["srepolicy", "sretrigger", "sreaction", "sreinvestigation"]) expect(accepted).toContain(kind);
  });

  it.each([
    ["sretrigger.spec.when.for", "How long it has to hold without a break"],
    ["sretrigger.spec.when.event.quiet", "A pause this long ends a row"],
    ["sretrigger.spec.cooldown", "It doubles with each episode"],
    ["sreinvestigation.spec.requester", "On whose behalf reads go beyond this namespace"],
    ["srepolicy.spec.investigations", "Investigations at once; the others are Queued"],
  ])("explains %s in words", async (path, words) => {
    const page = await kubectl(undefined, "explain", path);
    expect(page.replace(/\s+/g, " ")).toContain(words);
  });

  it("takes every mode, off among them, although the kinds were installed from YAML by kubectl", async () => {
    for (const mode of ["off", "observe", "propose", "approve", "auto"]) {
      const metadata = { name: "default" };
      const policy = { apiVersion: "sre-agent.dev/v1alpha1", kind: "SrePolicy", metadata, spec: { mode } };
      const taken = await kubectl(policy, "apply", "--dry-run=server", "-o", "jsonpath={.spec.mode}", "-f", "-");
      expect(taken).toBe(mode);
    }
  });

  it("fills the defaults that a person leaves out", async () => {
    const object = {
      apiVersion: "sre-agent.dev/v1alpha1",
      kind: "SreAction",
      metadata: { name: "defaults", namespace: NAMESPACE },
      spec: { type: "Rollback", targets: [{ kind: "Deployment", names: ["web"] }] },
    };
    const created = JSON.parse(await kubectl(object, "create", "--dry-run=server", "-o", "json", "-f", "-"));
    expect(created.spec).toMatchObject({
      mode: "approve",
      cooldown: "10m",
      limits: { perHour: 3, perDay: 10 },
      verify: { within: "5m", stableFor: "30s" },
    });
  });

  it.each(RECORDS)("keeps the spec of a $kind, which is a record", async ({ kind, own, change }) => {
    const name = `immutable-${process.pid}`;
    const user = await kubectl(undefined, "auth", "whoami", "-o", "jsonpath={.status.userInfo.username}");
    const spec = { ...WHOLE_SPECS[kind], ...own?.(user) };
    await kubectl(object(kind, spec, name), "create", "-n", NAMESPACE, "-f", "-");
    const patch = JSON.stringify({ spec: change });
    const patched = kubectl(undefined, "patch", kind, name, "-n", NAMESPACE, "--type=merge", "-p", patch);
    await expect(patched).rejects.toThrow(/spec: .*is immutable: create a new object instead/);
  });

  it("has a record of every kind whose spec cannot change", () => {
    const immutable = KINDS.filter((definition) => rulesOf(definition).includes(IMMUTABLE.message));
    expect(RECORDS.map(({ kind }) => kind)).toEqual(immutable.map(({ kind }) => kind));
  });
});
