import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, type RealOperator, startRealOperator } from "./real-operator.ts";

const run = promisify(execFile);
const NAMESPACE = `operator-manual-${process.pid}`;
let operator: RealOperator;

async function kubectl(input: string | undefined, ...args: readonly string[]): Promise<string> {
  const child = run("kubectl", ["-n", NAMESPACE, ...args]);
  child.child.stdin?.end(input);
  return (await child).stdout;
}

/** As a person writes it. */
const manifest = (extra = "") => `
apiVersion: sre-agent.dev/v1alpha1
kind: SreInvestigation
metadata: {generateName: slow-}
spec:
  target: {kind: Namespace}
  symptom: Pages take ten seconds since noon.
${extra}`;

beforeAll(async () => {
  operator = await startRealOperator(NAMESPACE);
});
afterAll(() => operator?.stop());

describe("an investigation by hand", () => {
  it("is created, waited for and read with kubectl alone", async () => {
    const name = (await kubectl(manifest(), "create", "-o", "name", "-f", "-")).trim();
    expect(name).toMatch(/^sreinvestigation.sre-agent.dev\/slow-/);
    await kubectl(undefined, "wait", "--for=condition=Complete", name, "--timeout=90s");
    const table = await kubectl(undefined, "get", "sreinv");
    expect(table).toMatch(/NAME\s+TARGET\s+PHASE\s+DECISION/);
    expect(table).toMatch(/slow-\w+\s+NoActionNeeded\s+deny/);
    expect(await kubectl(undefined, "get", "sre")).toContain(name.split("/")[1]);
    expect(operator.agent.decisions[0]).toMatchObject({ trigger: "manual", mode: "propose" });
  });

  it("names the requester only when it is who creates it: the API server vouches for that, nobody else can", async () => {
    const me = await kubectl(undefined, "auth", "whoami", "-o", "jsonpath={.status.userInfo.username}");
    const create = (user: string) =>
      kubectl(manifest(`  requester: {user: "${user}"}`), "create", "--dry-run=server", "-o", "name", "-f", "-");
    // An admission policy is enforced a moment after it was applied.
    const refused = await eventually(() => create("somebody-else").then(() => undefined, String));
    expect(refused).toContain(`spec.requester.user must be the user who creates the investigation: ${me}`);
    expect(await create(me)).toContain("sreinvestigation.sre-agent.dev/slow-");
  });

  it("tells its story in Events", async () => {
    const events = await kubectl(undefined, "get", "events", "-o", "jsonpath={.items[*].reason}");
    expect(events.split(" ")).toEqual(expect.arrayContaining(["Investigating", "Decided"]));
  });
});
