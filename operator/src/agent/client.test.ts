import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { DecideRequest } from "@sre-agent/crds";
import { afterEach, describe, expect, it } from "vitest";
import { createAgentClient } from "./client.ts";

type Answer = { readonly status: number; readonly body: unknown; readonly headers?: Record<string, string> };

const request: DecideRequest = {
  trigger: "manual",
  context: { target: { kind: "Deployment", namespace: "shop", name: "web" }, symptom: "down" },
  mode: "observe",
  correlationId: "uid-1",
  journal: [],
};

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

async function serving(answer: Answer, secret = () => "s") {
  const seen: { url?: string; authorization?: string; correlation?: string; trace?: string }[] = [];
  const server = createServer(({ url, headers }, response) => {
    const { authorization = "", traceparent, "x-correlation-id": correlation } = headers;
    seen.push({ url: url ?? "", authorization, correlation: String(correlation), trace: String(traceparent) });
    response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
    response.end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stops.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/`;
  return { seen, client: createAgentClient({ url, secret, decideTimeoutMs: 2_000, executeTimeoutMs: 2_000 }) };
}

const signal = new AbortController().signal;

describe("the agent over HTTP", () => {
  it("gets the secret and the correlation id, and its answer is checked", async () => {
    const { client, seen } = await serving({ status: 200, body: { entries: [], continue: true } });
    expect(await client.decide(request, signal)).toEqual({ entries: [], continue: true });
    expect(seen).toMatchObject([{ url: "/decide", authorization: "Bearer s", correlation: "uid-1" }]);
  });

  it("makes one trace of all calls of a run", async () => {
    const { client, seen } = await serving({ status: 200, body: { entries: [], continue: true } });
    for (const correlationId of ["uid-1", "uid-1", "uid-2"]) await client.decide({ ...request, correlationId }, signal);
    const [first, second, other] = seen.map(({ trace = "" }) => trace.slice(0, 35));
    expect(first).toMatch(/^00-[0-9a-f]{32}$/);
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });

  it.each([
    [401, /same secret/],
    [404, /not the agent/],
    [500, /The agent's log/],
  ])("says after %d what to do", async (status, words) => {
    const { client } = await serving({ status, body: {} });
    await expect(client.decide(request, signal)).rejects.toThrow(words);
  });

  it.each([
    [400, "AGENT_REFUSED"],
    [413, "AGENT_REFUSED"],
    [422, "AGENT_REFUSED"],
    [401, "AGENT_UNAVAILABLE"],
    [404, "AGENT_UNAVAILABLE"],
    [429, "AGENT_UNAVAILABLE"],
    [500, "AGENT_UNAVAILABLE"],
    [503, "AGENT_UNAVAILABLE"],
  ])("answers %d as %s with the problem's detail", async (status, code) => {
    const { client } = await serving({ status, body: { title: "No.", detail: "budget is wrong" } });
    await expect(client.decide(request, signal)).rejects.toMatchObject({
      code,
      message: expect.stringContaining("budget is wrong"),
    });
  });

  it("tells the pause that the agent asks for", async () => {
    const { client } = await serving({ status: 429, body: {}, headers: { "retry-after": "7" } });
    await expect(client.decide(request, signal)).rejects.toMatchObject({ retryAfterMs: 7_000 });
  });

  it.each([
    ["an answer that breaks the contract", { entries: "none", continue: true }],
    ["a member that nobody knows", { entries: [], continue: true, more: 1 }],
  ])("takes %s for an agent that is not there", async (_, body) => {
    const { client } = await serving({ status: 200, body });
    await expect(client.decide(request, signal)).rejects.toMatchObject({ code: "AGENT_UNAVAILABLE" });
  });

  it("calls nobody without the secret", async () => {
    const { client, seen } = await serving({ status: 200, body: {} }, () => {
      throw new Error("no file");
    });
    await expect(client.decide(request, signal)).rejects.toMatchObject({ code: "AGENT_UNAVAILABLE" });
    expect(seen).toEqual([]);
  });

  it("is unavailable when nobody listens", async () => {
    const options = { secret: () => "s", decideTimeoutMs: 1_000, executeTimeoutMs: 1_000 };
    const client = createAgentClient({ url: "http://127.0.0.1:1", ...options });
    await expect(client.decide(request, signal)).rejects.toMatchObject({
      code: "AGENT_UNAVAILABLE",
      message: expect.stringContaining("AGENT_URL"),
    });
  });
});
