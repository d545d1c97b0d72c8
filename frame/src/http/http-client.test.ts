import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { postEvents, postJson } from "./http-client.ts";
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

async function all(events: AsyncIterable<unknown>): Promise<unknown[]> {
  const seen: unknown[] = [];
  for await (const event of events) seen.push(event);
  return seen;
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

describe("postEvents", () => {
  const stream = (...pieces: (string | Buffer)[]) =>
    serve((_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const piece of pieces) response.write(piece);
      response.end();
    });

  test("yields the JSON of each event, however the bytes are cut", async () => {
    const bytes = Buffer.from(': hi\r\nevent: step\r\ndata: {"a":\r\ndata: "é"}\r\n\r\ndata:2\n\nid: 1\n\ndata: "cut"');
    const url = await stream(...Array.from(bytes, (byte) => Buffer.from([byte])));
    expect(await all(postEvents(url, {}, limits))).toEqual([{ a: "é" }, 2]);
  });

  test("throws for an event that is not JSON, for too many bytes, for no stream and for a refusal", async () => {
    expect((await failureOf(all(postEvents(await stream("data: {\n\n"), {}, limits)))).code).toBe("MALFORMED_ANSWER");
    const large = await stream(`data: "${"x".repeat(2_000)}"\n\n`);
    expect((await failureOf(all(postEvents(large, {}, limits)))).code).toBe("TOO_LARGE");
    const plain = await serve((_request, response) => response.end("{}"));
    expect((await failureOf(all(postEvents(plain, {}, limits)))).code).toBe("MALFORMED_ANSWER");
    const refused = await serve((_request, response) => response.writeHead(409).end('{"code":"STALE"}'));
    expect((await failureOf(all(postEvents(refused, {}, limits)))).code).toBe("STALE");
  });

  test("closes the connection when its reader leaves", async () => {
    const closed = Promise.withResolvers<void>();
    const url = await serve((_request, response) => {
      response.once("close", closed.resolve);
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: 1\n\n");
    });
    for await (const event of postEvents(url, {}, limits)) {
      expect(event).toBe(1);
      break;
    }
    await closed.promise;
  });
});
