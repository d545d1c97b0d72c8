import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decideStepSchema, type JournalEntry, RUN_META_KEY, receiptSchema, reportSchema } from "@sre-agent/crds";
import { createLogger } from "@sre-agent/frame";
import { afterEach, describe, expect, it } from "vitest";
import { brokenImage, DIGEST, imageFinding, receipt } from "../test/fake-tools.ts";
import { type DoubleTool, type McpDouble, startMcpDouble } from "../test/mcp-double/mcp-double.ts";
import { request } from "../test/runs.ts";
import { startWireDouble } from "../test/wire-double/wire-double.ts";
import { parseAgentConfig } from "./config.ts";
import { startAgent } from "./start-agent.ts";

const cleanup: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of cleanup.splice(0).reverse()) await stop();
});

const text = { type: "string" };
const place = { namespace: text, kind: text, name: text };
const replyOf =
  (tool: string): DoubleTool["reply"] =>
  async (args) =>
    (await brokenImage[tool]?.({ id: "", tool, arguments: args }, { correlationId: "", signal, timeoutMs: 1 })) ?? {};
const { signal } = new AbortController();
const READS: readonly DoubleTool[] = [
  { name: "diagnose", properties: place, reply: replyOf("diagnose") },
  { name: "resource_get", properties: place, reply: replyOf("resource_get") },
];
const executing = (reply: DoubleTool["reply"]): DoubleTool => ({
  name: "remediation_execute",
  audience: "client",
  readOnly: false,
  reply,
});
const ACTS: readonly DoubleTool[] = [
  {
    name: "workload_rollback",
    readOnly: false,
    properties: { ...place, toRevision: { type: "integer" } },
    reply: replyOf("workload_rollback"),
  },
  executing(() => ({ structured: { ...receipt, phase: "Executing" } })),
];

interface World {
  readonly reads: McpDouble;
  readonly acts: McpDouble;
  readonly url: string;
  post(path: string, body: unknown, init?: Partial<RequestInit>): Promise<Response>;
}

interface Setting {
  readonly acts?: readonly DoubleTool[];
  readonly environment?: Readonly<Record<string, string>>;
  /** It is waited for until it is ready, unless this is false. */
  readonly ready?: false;
}

/** The service as it is shipped, with MCP servers on loopback. */
async function agent({ acts: actTools = ACTS, environment = {}, ready }: Setting = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "agent-"));
  cleanup.push(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "secret"), "s3cret\n");
  writeFileSync(join(folder, "token"), "mcp-token\n");
  const [reads, acts] = await Promise.all([startMcpDouble(READS), startMcpDouble(actTools)]);
  cleanup.push(reads.stop, acts.stop);
  const parsed = parseAgentConfig({
    PORT: "0",
    ...{ AGENT_SECRET_FILE: join(folder, "secret"), MCP_TOKEN_FILE: join(folder, "token") },
    ...{ MCP_READ_URL: reads.url, MCP_ACT_URL: acts.url },
    ...environment,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const logger = await createLogger({ component: "agent", level: "error" });
  const server = await startAgent(parsed.config, logger);
  cleanup.push(() => server.stop(0));
  while (ready !== false && !(await fetch(`${server.url}/readyz`)).ok)
    await new Promise((resolve) => setImmediate(resolve));
  const headers = { authorization: "Bearer s3cret", "content-type": "application/json" };
  return {
    ...{ reads, acts, url: server.url },
    post: (path, body, init) =>
      fetch(`${server.url}${path}`, { method: "POST", headers, body: JSON.stringify(body), ...init }),
  };
}

const problemOf = async (response: Response) => ({ status: response.status, ...Object(await response.json()) });

it("says at its readiness why it cannot use the MCP servers", async () => {
  const gone = await startMcpDouble(READS);
  await gone.stop();
  const { url } = await agent({ environment: { MCP_READ_URL: gone.url }, ready: false });
  const why = async () => Object(await (await fetch(`${url}/readyz`)).json()).failing["mcp-servers"];
  await expect.poll(why, { timeout: 20_000 }).toMatch(/^the MCP servers cannot be used: .*ECONNREFUSED/);
});

describe("POST /decide", () => {
  it("without a journal runs to the end and answers with the report", async () => {
    const { post, reads, acts } = await agent();
    const response = await post("/decide", request);
    expect(response.status).toBe(200);
    const report = reportSchema.parse(await response.json());
    expect(report).toMatchObject({
      decision: "approve",
      confidence: "high",
      remediationRef: { name: "web-rollback-1" },
    });
    const calls = [...reads.calls, ...acts.calls];
    expect(calls.map(({ name }) => name)).toEqual(["diagnose", "resource_get", "workload_rollback"]);
    for (const { meta, authorization } of calls) {
      expect(meta[RUN_META_KEY]).toEqual(request.run);
      expect(meta["sre-agent.dev/correlation-id"]).toBe(request.correlationId);
      expect(authorization).toBe("Bearer mcp-token");
    }
  });

  it("with a journal makes one durable step at a time, up to the same report", async () => {
    const { post } = await agent();
    const journal: JournalEntry[] = [];
    for (;;) {
      const step = decideStepSchema.parse(await (await post("/decide", { ...request, journal })).json());
      expect(step.entries.filter(({ kind }) => kind === "turn" || kind === "results").length).toBeLessThanOrEqual(1);
      journal.push(...step.entries);
      if (!step.continue) {
        expect(step.report).toMatchObject({ decision: "approve", findings: [{ id: imageFinding.id }] });
        break;
      }
    }
    expect(journal.map(({ seq }) => seq)).toEqual(journal.map((_, index) => index));
    expect(journal.at(-1)?.kind).toBe("ended");
  });

  it("streams each entry as it is made, then the report", async () => {
    const { post } = await agent();
    const headers = { authorization: "Bearer s3cret", "content-type": "application/json", accept: "text/event-stream" };
    const response = await post("/decide", request, { headers });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const events = (await response.text())
      .trim()
      .split("\n\n")
      .map((event) => event.split("\n"));
    const names = events.map(([name]) => name?.replace("event: ", ""));
    expect(names).toEqual([...Array(9).fill("entry"), "report"]);
    const last = JSON.parse(events.at(-1)?.[1]?.replace("data: ", "") ?? "");
    expect(reportSchema.parse(last).decision).toBe("approve");
  });

  it("admits only who has the secret", async () => {
    const { post, reads } = await agent();
    for (const authorization of ["", "Bearer wrong", "Basic s3cret"]) {
      const response = await post("/decide", request, {
        headers: { authorization, "content-type": "application/json" },
      });
      expect(await problemOf(response)).toMatchObject({ status: 401, code: "UNAUTHENTICATED" });
    }
    expect(reads.calls).toEqual([]);
  });

  it.each([
    ["an unknown field", { ...request, wish: 1 }, "wish"],
    ["a wrong mode", { ...request, mode: "yolo" }, "mode"],
    [
      "a target without a namespace",
      { ...request, context: { symptom: "", target: { kind: "Pod" } } },
      "context.target.namespace",
    ],
  ])("names %s", async (_case, body, path) => {
    const { post } = await agent();
    const problem = await problemOf(await post("/decide", body));
    expect(problem).toMatchObject({ status: 400, code: "SCHEMA_INVALID" });
    expect(problem.errors.map((error: { path: string }) => error.path)).toContain(path);
  });

  it("takes a journal of several MiB and refuses more than 8", async () => {
    const { post } = await agent();
    const padded = (bytes: number) => ({ ...request, wish: "x".repeat(bytes) });
    expect(await problemOf(await post("/decide", padded(7 * 1024 * 1024)))).toMatchObject({ status: 400 });
    expect(await problemOf(await post("/decide", padded(8 * 1024 * 1024)))).toMatchObject({ status: 413 });
    expect(await problemOf(await post("/execute", padded(1024 * 1024)))).toMatchObject({ status: 413 });
  });

  it("stops spending when the caller hangs up", async () => {
    const hung = Promise.withResolvers<void>();
    const model = await startWireDouble([{ never: true }]);
    cleanup.push(model.stop);
    model.onHangUp(hung.resolve);
    const { post } = await agent({ environment: chatWith(model.baseUrl) });
    const abort = new AbortController();
    const pending = post("/decide", request, { signal: abort.signal });
    while (model.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    abort.abort();
    await expect(pending).rejects.toThrow();
    await hung.promise;
    expect(model.requests).toHaveLength(1);
  });

  it("takes so many runs at a time and sends the next one away", async () => {
    const model = await startWireDouble([{ never: true }]);
    cleanup.push(model.stop);
    const { post } = await agent({ environment: { ...chatWith(model.baseUrl), MODEL_CONCURRENCY: "16" } });
    const abort = new AbortController();
    const running = Array.from({ length: 16 }, () => post("/decide", request, { signal: abort.signal }));
    while (model.requests.length < 16) await new Promise((resolve) => setImmediate(resolve));
    const refused = await post("/decide", request);
    expect(refused.headers.get("retry-after")).toBe("2");
    expect(await problemOf(refused)).toMatchObject({ status: 429, code: "BUSY" });
    abort.abort();
    await Promise.allSettled(running);
  });

  it("runs on a model when one is configured", async () => {
    const said = { decision: "manual", rationale: "Look at it.", rootCause: null, claims: [], gaps: [] };
    const model = await startWireDouble([{ content: JSON.stringify(said) }]);
    cleanup.push(model.stop);
    const { post } = await agent({ environment: chatWith(model.baseUrl) });
    expect(await (await post("/decide", request)).json()).toMatchObject({
      decision: "manual",
      usage: { backend: "chat" },
    });
    expect(model.requests[0]?.headers.authorization).toBe("Bearer k");
  });
});

const chatWith = (endpoint: string) => ({
  MODEL_BACKEND: "chat",
  AZURE_OPENAI_ENDPOINT: endpoint,
  AZURE_OPENAI_DEPLOYMENT: "d",
  AZURE_OPENAI_API_KEY: "k",
});

describe("POST /execute", () => {
  const body = {
    remediationRef: { namespace: "shop", name: "web-rollback-1" },
    digest: DIGEST,
    correlationId: "inv-1",
  };

  it("has the act server carry it out, and answers 202 with the receipt", async () => {
    const { post, acts } = await agent();
    const response = await post("/execute", body);
    expect(response.status).toBe(202);
    expect(receiptSchema.parse(await response.json()).phase).toBe("Executing");
    expect(acts.calls[0]).toMatchObject({
      name: "remediation_execute",
      args: { namespace: "shop", name: "web-rollback-1", digest: DIGEST },
    });
  });

  it.each([
    ["APPROVAL_MISSING", 409],
    ["APPROVAL_FORBIDDEN", 403],
    ["NOT_FOUND", 404],
    ["NOT_LEADER", 503],
  ])("answers the refusal %s with %i", async (code, status) => {
    const { post } = await agent({ acts: [executing(() => ({ ok: false, code, text: `${code}: no` }))] });
    const response = await post("/execute", body);
    expect(response.headers.get("content-type")).toContain("application/problem+json");
    expect(await problemOf(response)).toMatchObject({ status, code });
  });

  it("ends the call when the caller hangs up, and serves the next", async () => {
    const reached = Promise.withResolvers<void>();
    const hanging = () => {
      reached.resolve();
      return new Promise<never>(() => undefined);
    };
    const { post, acts } = await agent({ acts: [executing(hanging)] });
    const abort = new AbortController();
    const pending = post("/execute", body, { signal: abort.signal });
    await reached.promise;
    abort.abort();
    await expect(pending).rejects.toThrow();
    acts.use([executing(() => ({ structured: receipt }))]);
    expect((await post("/execute", body)).status).toBe(202);
  });

  it("says when the act server is not there, and names a wrong field", async () => {
    const { post, acts } = await agent();
    await acts.stop();
    expect(await problemOf(await post("/execute", body))).toMatchObject({ status: 503, code: "TOOL_UNREACHABLE" });
    const wrong = await problemOf(await post("/execute", { ...body, digest: "x" }));
    expect(wrong).toMatchObject({ status: 400, errors: [{ path: "digest" }] });
  });
});
