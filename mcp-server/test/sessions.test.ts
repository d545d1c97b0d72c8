import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHttpEndpoint, type HttpEndpoint } from "../src/http-endpoint.ts";

const TTL_MS = 60_000;
let nowMs: number;
let endpoint: HttpEndpoint;
let http: Server;
let url: string;

beforeEach(async () => {
  nowMs = 0;
  endpoint = createHttpEndpoint(
    {
      name: "test",
      version: "0.0.0",
      instructions: "",
      guides: false,
      descriptors: async () => [],
      call: async () => ({ content: [{ type: "text", text: "done" }], _meta: {} }),
    },
    { now: () => nowMs, onError: () => undefined, sessionTtlMs: TTL_MS, maxSessions: 5, maxSessionsPerCaller: 3 },
  );
  http = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const caller = String(request.headers["x-caller"]);
    const body = chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString());
    await endpoint.handle({ request, response, body, principalKey: caller, principal: { username: caller } });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`;
});
afterEach(async () => {
  await endpoint.close();
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
});

const headers = (caller: string, session?: string) => ({
  "content-type": "application/json",
  accept: "application/json, text/event-stream",
  "x-caller": caller,
  ...(session === undefined ? {} : { "mcp-session-id": session, "mcp-protocol-version": "2025-11-25" }),
});
const post = (caller: string, body: object, session?: string) =>
  fetch(url, { method: "POST", headers: headers(caller, session), body: JSON.stringify(body) });

async function open(caller: string): Promise<{ readonly status: number; readonly session: string }> {
  const response = await post(caller, {
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } },
  });
  await response.text();
  return { status: response.status, session: response.headers.get("mcp-session-id") ?? "" };
}

async function ping(caller: string, session: string): Promise<number> {
  const response = await post(caller, { jsonrpc: "2.0", id: 2, method: "tools/list" }, session);
  await response.text();
  return response.status;
}

describe("a session of the 2025 era", () => {
  it("answers its owner and nobody else", async () => {
    const { session } = await open("ann");
    expect([await ping("ann", session), await ping("bob", session), await ping("ann", "made-up")]).toEqual([
      200, 404, 404,
    ]);
  });

  it("is closed when it was idle for too long, and only then", async () => {
    const idle = await open("ann");
    const busy = await open("bob");
    nowMs = TTL_MS;
    expect(await ping("bob", busy.session)).toBe(200);
    nowMs = TTL_MS + 1;
    endpoint.closeIdle();
    expect(endpoint.sessions).toBe(1);
    expect([await ping("ann", idle.session), await ping("bob", busy.session)]).toEqual([404, 200]);
  });

  it("is given back by DELETE", async () => {
    const { session } = await open("ann");
    const response = await fetch(url, { method: "DELETE", headers: headers("ann", session) });
    await response.text();
    expect([response.status, endpoint.sessions]).toEqual([200, 0]);
  });

  it("costs its owner the oldest one above the owner's share, and never another's", async () => {
    const other = await open("bob");
    const own: string[] = [];
    for (nowMs = 1; nowMs <= 4; nowMs += 1) own.push((await open("ann")).session);
    expect(endpoint.sessions).toBe(4);
    expect([await ping("ann", own[0]!), await ping("ann", own[1]!), await ping("bob", other.session)]).toEqual([
      404, 200, 200,
    ]);
  });

  it("is refused when all places are taken", async () => {
    for (const caller of ["a", "b", "c", "d", "e"]) expect((await open(caller)).status).toBe(200);
    expect((await open("f")).status).toBe(503);
  });
});
