import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { postJson } from "./http-client.ts";
import { HttpError } from "./http-error.ts";

const servers: Server[] = [];
const limits = { timeoutMs: 5_000, maxBytes: 1_000 };

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function failureOf(call: Promise<unknown>): Promise<HttpError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof HttpError)) throw new Error(`expected an HttpError, got ${String(error)}`);
  return error;
}

describe("postJson", () => {
  test("sends JSON with headers and reads JSON", async () => {
    const url = await serve((request, response) => {
      request.setEncoding("utf8").on("data", (body: string) => {
        response.end(JSON.stringify({ body: JSON.parse(body), auth: request.headers.authorization }));
      });
    });
    const answer = await postJson(url, { a: "é" }, { ...limits, headers: { authorization: "Bearer x" } });
    expect(answer).toEqual({ body: { a: "é" }, auth: "Bearer x" });
  });

  test("gives undefined for an empty answer", async () => {
    const url = await serve((_request, response) => response.writeHead(204).end());
    expect(await postJson(url, {}, limits)).toBeUndefined();
  });

  test("turns problem details into an error with code and floor for the next try", async () => {
    const url = await serve((_request, response) => {
      response.writeHead(429, { "retry-after": "7", "content-type": "application/problem+json" });
      response.end(JSON.stringify({ code: "RATE_LIMITED", title: "Too many.", detail: "Wait." }));
    });
    const error = await failureOf(postJson(url, {}, limits));
    expect(error).toMatchObject({ status: 429, code: "RATE_LIMITED", detail: "Too many. Wait.", retryAfterMs: 7_000 });
  });

  test("names the status when the refusal is not JSON", async () => {
    const url = await serve((_request, response) => response.writeHead(502).end("<html>"));
    expect(await failureOf(postJson(url, {}, limits))).toMatchObject({ status: 502, code: "HTTP_502" });
  });

  test("does not follow a redirect", async () => {
    const url = await serve((_request, response) => response.writeHead(307, { location: "http://127.0.0.1:1/" }).end());
    expect((await failureOf(postJson(url, {}, limits))).code).toBe("UNREACHABLE");
  });

  test("stops at its bound of bytes", async () => {
    const url = await serve((_request, response) => response.end("x".repeat(1_001)));
    expect((await failureOf(postJson(url, {}, limits))).code).toBe("TOO_LARGE");
  });

  test("tells malformed answers, unreachable servers, timeouts and cancelled calls apart", async () => {
    const malformed = await serve((_request, response) => response.end("{"));
    expect((await failureOf(postJson(malformed, {}, limits))).code).toBe("MALFORMED_ANSWER");
    const silent = await serve((_request, response) => void response.write(" "));
    expect((await failureOf(postJson(silent, {}, { ...limits, timeoutMs: 20 }))).code).toBe("TIMEOUT");
    const signal = AbortSignal.abort(new Error("stop"));
    expect((await failureOf(postJson(silent, {}, { ...limits, signal }))).code).toBe("ABORTED");
    const unreachable = await failureOf(postJson("http://127.0.0.1:1/", {}, limits));
    expect(unreachable.code).toBe("UNREACHABLE");
    expect(unreachable.cause).toBeInstanceOf(Error);
  });
});
