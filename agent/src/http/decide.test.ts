import { once } from "node:events";
import { type Report, reportSchema } from "@sre-agent/crds";
import { createHealth, createHttpServer, createLogger, createMetrics } from "@sre-agent/frame";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { brokenImage, fakeTools } from "../../test/fake-tools.ts";
import { effects, request } from "../../test/runs.ts";
import { createRunner, type Runner } from "../loop/run.ts";
import { decideHandler } from "./decide.ts";

const cleanup: (() => Promise<void>)[] = [];
const logged: string[] = [];
afterEach(async () => {
  logged.length = 0;
  for (const stop of cleanup.splice(0).reverse()) await stop();
});

interface Setting {
  readonly runner?: Runner;
  readonly ready?: boolean;
  readonly maxConcurrent?: number;
}

type Post = (body: unknown, init?: RequestInit) => Promise<Response>;

async function decide({ runner, ready = true, maxConcurrent = 2 }: Setting = {}): Promise<Post> {
  const destination = { write: (line: string) => void logged.push(line) };
  const logger = await createLogger({ component: "agent", level: "error", destination });
  const handler = decideHandler({
    ...{ logger, maxConcurrent },
    runner: runner ?? createRunner(effects({ tools: fakeTools(brokenImage) })),
    ready: () => ready,
  });
  const server = await createHttpServer({
    ...{ logger, host: "127.0.0.1", port: 0, health: createHealth() },
    metrics: await createMetrics({ component: "agent", processMetrics: false }),
    routes: (router, { json }) => void router.post("/decide", json(1_000_000), handler),
  });
  cleanup.push(() => server.stop(0));
  const headers = { "content-type": "application/json" };
  return (body, init = {}) =>
    fetch(`${server.url}/decide`, {
      ...{ method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) },
      ...init,
      headers: new Headers([...Object.entries(headers), ...new Headers(init.headers)]),
    });
}

const eventStream = { headers: { accept: "text/event-stream" } };
const problemOf = async (response: Response) => ({
  status: response.status,
  contentType: response.headers.get("content-type"),
  retryAfter: response.headers.get("retry-after"),
  ...problem.parse(await response.json()),
});
const problem = z.object({ code: z.string(), errors: z.array(z.object({ path: z.string() })).optional() });

/** A run that is under way until it is released or aborted. */
function heldRunner() {
  const begun = Promise.withResolvers<AbortSignal>();
  const held = Promise.withResolvers<Report>();
  const wait = async (signal: AbortSignal): Promise<never> => {
    begun.resolve(signal);
    if (!signal.aborted) await once(signal, "abort");
    throw signal.reason;
  };
  const runner: Runner = {
    step: (_request, _journal, signal) => wait(signal),
    run: async (_request, { signal, onEntry }) => {
      await onEntry?.({ kind: "note", code: "first", message: "", seq: 0, at: "2026-01-01T00:00:00.000Z" });
      return Promise.race([held.promise, wait(signal)]);
    },
  };
  return { runner, begun: begun.promise, finish: held.resolve, fail: held.reject };
}

describe("POST /decide", () => {
  it.each([
    ["that is no JSON", "{", "MALFORMED"],
    ["that is no object", "[]", "SCHEMA_INVALID"],
    ["that is empty", "", "SCHEMA_INVALID"],
  ])("refuses a body %s", async (_, body, code) => {
    const refusal = await problemOf(await (await decide())(body));
    expect(refusal).toMatchObject({ status: 400, contentType: "application/problem+json" });
    expect(refusal.code).toContain(code);
  });

  it.each([
    ["an unknown member deep inside", { context: { ...request.context, wish: 1 } }, "context.wish"],
    ["a budget that is none", { budget: { steps: 0 } }, "budget.steps"],
    ["a journal entry that is none", { journal: [{ kind: "other" }] }, "journal.0.kind"],
    ["a mode that may not be asked for", { mode: "off" }, "mode"],
  ])("names %s", async (_, wrong, path) => {
    const refusal = await problemOf(await (await decide())({ ...request, ...wrong }));
    expect(refusal).toMatchObject({ status: 400, code: "SCHEMA_INVALID" });
    expect(refusal.errors?.map((error) => error.path)).toContain(path);
  });

  it("is to be repeated while the MCP servers were not reached, unless the body is wrong", async () => {
    const post = await decide({ ready: false });
    expect(await problemOf(await post(request))).toMatchObject({
      ...{ status: 503, contentType: "application/problem+json", retryAfter: "1", code: "TOOLS_UNREACHABLE" },
    });
    expect((await post({})).status).toBe(400);
  });

  it("is to be repeated while as many runs as allowed are under way, and not longer", async () => {
    const { runner, begun, finish } = heldRunner();
    const post = await decide({ runner, maxConcurrent: 1 });
    const abort = new AbortController();
    const first = post(request, { signal: abort.signal });
    const signal = await begun;
    expect(await problemOf(await post(request))).toMatchObject({ status: 429, retryAfter: "2", code: "BUSY" });
    abort.abort();
    await expect(first).rejects.toThrow();
    if (!signal.aborted) await once(signal, "abort");
    finish(REPORT);
    await expect.poll(async () => (await post(request)).status).toBe(200);
  });

  it.each([
    ["one step", { ...request, journal: [] }, {}],
    ["a whole run", request, {}],
    ["a streamed run", request, eventStream],
  ])("stops %s when the caller hangs up", async (_, body, init) => {
    const { runner, begun } = heldRunner();
    const post = await decide({ runner });
    const abort = new AbortController();
    const pending = post(body, { ...init, signal: abort.signal }).then((response) => response.text());
    const signal = await begun;
    expect(signal.aborted).toBe(false);
    abort.abort();
    await expect(pending).rejects.toThrow();
    if (!signal.aborted) await once(signal, "abort");
    expect(signal.reason).toMatchObject({ message: "the caller hung up" });
  });

  it("gives each entry while the run is still under way", async () => {
    const { runner, finish } = heldRunner();
    const response = await (await decide({ runner }))(request, eventStream);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toMatch(/^event: entry\ndata: \{.*"first".*\}\n\n$/);
    finish(REPORT);
    const rest = (await reader?.read())?.value ?? "";
    expect(rest).toMatch(/^event: report\n/);
    expect(reportSchema.parse(JSON.parse(rest.split("data: ")[1] ?? ""))).toEqual(REPORT);
    expect((await reader?.read())?.done).toBe(true);
  });

  it("says in the stream that the run failed, without the reason", async () => {
    const { runner, begun, fail } = heldRunner();
    const pending = (await decide({ runner }))(request, eventStream);
    await begun;
    fail(new Error("a secret place"));
    const events = await (await pending).text();
    expect(events).toMatch(/event: error\n.*INTERNAL/);
    expect(events).not.toContain("event: report");
    expect(events).not.toContain("a secret place");
    expect(logged.join()).toContain("a secret place");
  });

  it("answers 500 without the reason when a run fails", async () => {
    const { runner, begun, fail } = heldRunner();
    const pending = (await decide({ runner }))(request);
    await begun;
    fail(new Error("a secret place"));
    const response = await pending;
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("a secret place");
    expect(logged.join()).toContain("a secret place");
  });
});

const REPORT: Report = {
  ...{ decision: "manual", rationale: "Look.", findings: [], claims: [], gaps: [], confidence: "low" },
  usage: { backend: "rules", steps: 0, toolCalls: 0, inputTokens: 0, outputTokens: 0, durationMs: 0 },
};
