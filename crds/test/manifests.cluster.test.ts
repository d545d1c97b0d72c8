import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WRONG_OBJECTS } from "./wrong-objects.ts";

const run = promisify(execFile);
const NAMESPACE = "crds-test";

async function kubectl(input: unknown, ...args: readonly string[]): Promise<string> {
  const child = run("kubectl", [...args]);
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

  it("keeps a spec that is a record", async () => {
    const name = `immutable-${process.pid}`;
    const investigation = {
      apiVersion: "sre-agent.dev/v1alpha1",
      kind: "SreInvestigation",
      metadata: { name, namespace: NAMESPACE },
      spec: { target: { kind: "Deployment", name: "web" }, symptom: "slow" },
    };
    await kubectl(investigation, "create", "-f", "-");
    const patch = JSON.stringify({ spec: { symptom: "fast" } });
    await expect(
      kubectl(undefined, "patch", "sreinv", name, "-n", NAMESPACE, "--type=merge", "-p", patch),
    ).rejects.toThrow(/is immutable/);
  });
});
