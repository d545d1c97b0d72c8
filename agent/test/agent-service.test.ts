import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAgentConfig, startAgent } from "@sre-agent/agent";
import { API_VERSION, decideStepSchema, type JournalEntry, type Report, reportSchema } from "@sre-agent/crds";
import { createLogger, createMetrics } from "@sre-agent/frame";
import { type Connection, connect, createInstaller, createReader, createReviewer, systemClock } from "@sre-agent/kube";
import { createCall, readTools } from "@sre-agent/mcp-server";
import { startHttp } from "@sre-agent/mcp-server/http";
import { createPseudonyms } from "@sre-agent/redaction";
import { INCIDENTS, type Sandbox, startSandbox } from "@sre-agent/sandbox";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const AGENT = "system:serviceaccount:sre-system:sre-agent";
const DIGEST = `sha256:${"a".repeat(64)}`;
const cleanup: (() => unknown)[] = [];
let sandbox: Sandbox;
let connection: Connection;
let agentUrl: string;
let tokenFile: string;
let run: { readonly namespace: string; readonly name: string; readonly uid: string };

/** The read server as it is shipped, in front of a sandbox cluster. */
async function startReads(): Promise<string> {
  const pseudonym = createPseudonyms(randomBytes(32));
  const reader = createReader(connection);
  const tools = readTools({ reader, now: systemClock.now, pseudonym, namespace: "shop" });
  const http = await startHttp({
    server: {
      ...{ name: "reads", version: "0.0.0", instructions: "" },
      descriptors: tools.map(({ descriptor }) => descriptor),
      call: createCall({
        ...{ tools, reader, pseudonym, now: systemClock.now, onCall: () => undefined },
        reviewer: createReviewer(connection),
        runPrincipals: [AGENT],
      }),
    },
    ...{ reviewer: createReviewer(connection), now: systemClock.now, host: "127.0.0.1", port: 0 },
    logger: await createLogger({ component: "mcp-read", level: "error" }),
    metrics: await createMetrics({ component: "mcp-read", processMetrics: false }),
    ...{ allowedHosts: [], requestsPerMinute: 10_000 },
  });
  cleanup.push(() => http.stop(0));
  return `${http.url}/mcp`;
}

async function startService(readUrl: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "agent-"));
  cleanup.push(() => rmSync(folder, { recursive: true }));
  tokenFile = join(folder, "token");
  writeFileSync(tokenFile, "expired");
  writeFileSync(join(folder, "secret"), "s3cret\n");
  const parsed = parseAgentConfig({
    ...{ PORT: "0", AGENT_SECRET_FILE: join(folder, "secret"), MCP_TOKEN_FILE: tokenFile, MCP_READ_URL: readUrl },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const server = await startAgent(parsed.config, await createLogger({ component: "agent", level: "error" }));
  cleanup.push(() => server.stop(0));
  return server.url;
}

beforeAll(async () => {
  sandbox = await startSandbox({ incident: INCIDENTS["bad-release"] });
  cleanup.push(() => sandbox.stop());
  connection = await connect({ server: sandbox.url, token: sandbox.tokenFor("mcp-read") });
  cleanup.push(() => connection.close());
  const { metadata } = await createInstaller(connection).apply({
    apiVersion: API_VERSION,
    kind: "SreInvestigation",
    metadata: { name: "run-1", namespace: "shop" },
    spec: { target: { kind: "Deployment", name: "web" }, symptom: "it fails" },
  });
  run = { namespace: "shop", name: "run-1", uid: metadata.uid };
  agentUrl = await startService(await startReads());
});
afterAll(async () => {
  for (const stop of cleanup.splice(0).reverse()) await stop();
});

const ask = (path: string, init: RequestInit = {}) =>
  fetch(`${agentUrl}${path}`, {
    method: "POST",
    ...init,
    headers: { authorization: "Bearer s3cret", "content-type": "application/json" },
  });
const decide = (more: object = {}) => ask("/decide", { body: JSON.stringify({ ...body(), ...more }) });
const body = () => ({
  trigger: "manual",
  context: { target: { kind: "Deployment", namespace: "shop", name: "web" }, symptom: "it fails" },
  ...{ mode: "observe", correlationId: "inv-1", run },
});
const wholeReport = async (): Promise<Report> => reportSchema.parse(await (await decide()).json());

describe("the agent's service before a real read server", () => {
  it("is not ready while its token is refused, says when to come back, and needs no restart for a new one", async () => {
    expect((await fetch(`${agentUrl}/healthz`)).status).toBe(200);
    expect((await fetch(`${agentUrl}/readyz`)).status).toBe(503);
    const early = await decide();
    expect([early.status, early.headers.get("retry-after")]).toEqual([503, "1"]);
    writeFileSync(tokenFile, sandbox.tokenFor(AGENT, [], ["sre-agent"]));
    const ready = async () => (await fetch(`${agentUrl}/readyz`)).status;
    await expect.poll(ready, { timeout: 10_000 }).toBe(200);
  });

  it("finds the root cause without a model, on evidence of this run", async () => {
    sandbox.play("release");
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
    expect(journal.map(({ kind }) => kind)).toEqual(["begun", "turn", "results", "turn", "ended"]);
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
