import { writeFileSync } from "node:fs";
import { decideStepSchema, type JournalEntry, type Report, reportSchema } from "@sre-agent/crds";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AGENT, type RealAgent, startRealAgent } from "./real-agent.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
let agent: RealAgent;

beforeAll(async () => {
  agent = await startRealAgent();
});
afterAll(() => agent.stop());

const ask = (path: string, init: RequestInit = {}) =>
  fetch(`${agent.url}${path}`, {
    method: "POST",
    ...init,
    headers: { authorization: "Bearer s3cret", "content-type": "application/json" },
  });
const decide = (more: object = {}) => ask("/decide", { body: JSON.stringify({ ...body(), ...more }) });
const body = () => ({
  trigger: "manual",
  context: { target: { kind: "Deployment", namespace: "shop", name: "web" }, symptom: "it fails" },
  ...{ mode: "observe", correlationId: "inv-1", run: agent.run },
});
const wholeReport = async (): Promise<Report> => reportSchema.parse(await (await decide()).json());

describe("the agent's service before a real read server", () => {
  it("is not ready while its token is refused, says when to come back, and needs no restart for a new one", async () => {
    expect((await fetch(`${agent.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${agent.url}/readyz`)).status).toBe(503);
    const early = await decide();
    expect([early.status, early.headers.get("retry-after")]).toEqual([503, "1"]);
    writeFileSync(agent.tokenFile, agent.sandbox.tokenFor(AGENT, [], ["sre-agent"]));
    const ready = async () => (await fetch(`${agent.url}/readyz`)).status;
    await expect.poll(ready, { timeout: 10_000 }).toBe(200);
  });

  it("finds the root cause without a model, on evidence of this run", async () => {
    agent.sandbox.play("release");
    const cause = async () => (await wholeReport()).rootCause ?? "";
    await expect.poll(cause, { timeout: 10_000 }).toMatch(/DATABASE_URL/);
    const report = await wholeReport();
    expect(report).toMatchObject({ decision: "manual", usage: { backend: "rules", inputTokens: 0 } });
    expect(report.claims[0]?.evidence[0]).toMatch(/^ev-/);
    expect(report.findings[0]).toMatchObject({ subject: { kind: "Deployment", name: "web" } });
    expect(report).not.toHaveProperty("remediationRef");
  });

  it("comes to the same answer in durable steps", async () => {
    const whole = await wholeReport();
    const journal: JournalEntry[] = [];
    let report: Report | undefined;
    while (report === undefined) {
      const step = decideStepSchema.parse(await (await decide({ journal })).json());
      journal.push(...step.entries);
      report = step.report;
    }
    // The pods go on crashing in between, so the evidence is another moment's.
    expect([report.decision, report.findings.map(({ id }) => id)]).toEqual([
      whole.decision,
      whole.findings.map(({ id }) => id),
    ]);
    expect(report.rootCause).toMatch(/DATABASE_URL/);
    const turns = ["turn", "results", "turn", "results", "turn"];
    expect(journal.map(({ kind }) => kind)).toEqual(["begun", ...turns, "ended"]);
  });

  it("is told what its run may not read, and leaves that to a person", async () => {
    const context = { target: { kind: "Pod", namespace: "kube-system", name: "dns" }, symptom: "it fails" };
    const report = reportSchema.parse(await (await decide({ context })).json());
    expect(report.decision).toBe("manual");
    expect(report.rationale).toContain("READ_FORBIDDEN");
  });

  it.each(["/decide", "/execute"])("takes nothing but POST at %s", async (path) => {
    const response = await ask(path, { method: "GET" });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
  });

  it("executes nothing without an act server", async () => {
    const asked = { remediationRef: { namespace: "shop", name: "r-1" }, digest: DIGEST, correlationId: "inv-1" };
    expect((await ask("/execute", { body: JSON.stringify(asked) })).status).toBe(501);
  });
});
