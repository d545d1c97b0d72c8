import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fileSecret } from "../file-secret.ts";
import { createHealth, type Health } from "../health.ts";
import { createLogger, type Logger } from "../logger.ts";
import { createMetrics } from "../metrics.ts";
import { bearerSecret } from "./bearer-secret.ts";
import { correlationIdOf } from "./correlation-id.ts";
import { createHttpServer, type HttpServer } from "./http-server.ts";
import { methodNotAllowed } from "./problem.ts";

let server: HttpServer;
let health: Health;
let log: string[];
let folder: string;
let release: () => void;
let held: Promise<void>;

async function logger(level: "info" | "debug"): Promise<Logger> {
  return createLogger({ component: "test", level, destination: { write: (line) => void log.push(line) } });
}

async function start(level: "info" | "debug" = "info"): Promise<HttpServer> {
  const metrics = await createMetrics({ component: "test", unknownLabel: "throw", processMetrics: false });
  const secret = fileSecret(join(folder, "secret"));
  return createHttpServer({
    health,
    metrics,
    logger: await logger(level),
    host: "127.0.0.1",
    port: 0,
    routes: (router, { json }) => {
      router.post("/echo", json(64), (request, response) => void response.json({ got: request.body }));
      router.all("/echo", methodNotAllowed("POST"));
      router.get("/secret", bearerSecret(secret), (_request, response) => void response.json("in"));
      router.get("/fail", async () => {
        throw new Error("canary detail");
      });
      router.get("/items/:item", (request, response) => void response.json(request.params.item));
      router.get("/id", (_request, response) => void response.json(correlationIdOf(response)));
      router.get("/slow", async (_request, response) => {
        release();
        await held;
        response.json("done");
      });
    },
  });
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "frame-"));
  writeFileSync(join(folder, "secret"), "first\n");
  health = createHealth();
  log = [];
  server = await start();
});

afterEach(async () => {
  await server.stop(0);
  rmSync(folder, { recursive: true });
});

async function call(path: string, init: RequestInit = {}) {
  const response = await fetch(server.url + path, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
}

const post = (body: string) => call("/echo", { method: "POST", body, headers: { "content-type": "application/json" } });

describe("http server", () => {
  test("answers liveness, readiness and metrics", async () => {
    const check = health.check("cache");
    expect((await call("/healthz")).json()).toEqual({ ok: true, failing: {} });
    expect(await call("/readyz")).toMatchObject({ status: 503, text: '{"ok":false,"failing":{"cache":"starting"}}' });
    check.pass();
    expect((await call("/readyz")).status).toBe(200);
    const metrics = await call("/metrics");
    expect(metrics.text).toContain('sre_agent_http_requests_total{code="5xx",component="test"} 1');
    expect(metrics.headers.get("content-type")).toContain("text/plain");
  });

  test("parses a body within its limit and refuses others as problems", async () => {
    expect((await post('{"a":1}')).json()).toEqual({ got: { a: 1 } });
    const large = await post(JSON.stringify("x".repeat(64)));
    expect(large.headers.get("content-type")).toBe("application/problem+json");
    expect(large.json()).toMatchObject({
      status: 413,
      code: "BODY_TOO_LARGE",
      detail: "At most 64 bytes are accepted.",
    });
    const plain = await call("/echo", { method: "POST", body: "x", headers: { "content-type": "text/plain" } });
    expect(plain.json()).toMatchObject({ status: 415, code: "UNSUPPORTED_MEDIA_TYPE" });
    expect(plain.text).toContain("application/json");
    const malformed = await post('{"a": hunter2}');
    expect(malformed.json()).toMatchObject({ status: 400, code: "MALFORMED_JSON" });
    expect(malformed.text).toContain("position 6");
    expect(malformed.text).not.toContain("hunter2");
  });

  test("answers 404 for no path and 405 for the wrong method", async () => {
    expect((await call("/none")).json()).toMatchObject({ type: "about:blank", status: 404, code: "NOT_FOUND" });
    const wrong = await call("/echo", { method: "DELETE" });
    expect(wrong.json()).toMatchObject({ status: 405, code: "METHOD_NOT_ALLOWED" });
    expect(wrong.headers.get("allow")).toBe("POST");
    expect((await call("/items/%E0%A4%A")).status).toBe(400);
  });

  test("tells nothing of an unknown error but logs it under the correlation id", async () => {
    const failed = await call("/fail", { headers: { "x-correlation-id": "run-1" } });
    expect(failed.json()).toMatchObject({ status: 500, code: "INTERNAL", correlationId: "run-1" });
    expect(failed.text).not.toContain("canary");
    expect(JSON.parse(log[0] ?? "")).toMatchObject({ correlationId: "run-1", error: { message: "canary detail" } });
  });

  test("shows the stack at debug level", async () => {
    await server.stop(0);
    health = createHealth();
    server = await start("debug");
    expect((await call("/fail")).json().detail).toContain("http-server.test.ts");
  });

  test("keeps a fit correlation id and replaces an unfit one", async () => {
    expect((await call("/id", { headers: { "x-correlation-id": "a.b:c-1" } })).json()).toBe("a.b:c-1");
    const replaced = await call("/id", { headers: { "x-correlation-id": "x y" } });
    expect(replaced.json()).toMatch(/^[0-9a-f-]{36}$/);
    expect(replaced.headers.get("x-correlation-id")).toBe(replaced.json());
  });

  test("admits only the bearer of the mounted secret, and follows its rotation and removal", async () => {
    const status = async (authorization?: string) =>
      (await call("/secret", authorization === undefined ? {} : { headers: { authorization } })).status;
    expect(await status("Bearer first")).toBe(200);
    expect(await status("bearer first")).toBe(200);
    const missing = await call("/secret");
    expect(missing.headers.get("www-authenticate")).toBe('Bearer realm="sre-agent"');
    expect(missing.json()).toMatchObject({ status: 401, code: "UNAUTHENTICATED" });
    expect(await Promise.all(["Bearer firs", "Bearer first1", "Basic first", "first", "Bearer"].map(status))).toEqual([
      401, 401, 401, 401, 401,
    ]);
    writeFileSync(join(folder, "secret"), "second!");
    expect([await status("Bearer first"), await status("Bearer second!")]).toEqual([401, 200]);
    writeFileSync(join(folder, "secret"), "");
    expect(await status("Bearer second!")).toBe(500);
    rmSync(join(folder, "secret"));
    expect(await status("Bearer second!")).toBe(500);
  });

  test("lets a request under way finish when it stops in time, and cuts it when not", async () => {
    for (const { withinMs, finishes } of [
      { withinMs: 5_000, finishes: true },
      { withinMs: 0, finishes: false },
    ]) {
      const gate = Promise.withResolvers<void>();
      const entered = Promise.withResolvers<void>();
      held = gate.promise;
      release = entered.resolve;
      const answer = call("/slow").then(
        ({ text }) => text,
        () => "cut",
      );
      await entered.promise;
      const stopped = server.stop(withinMs);
      expect(health.ready().failing).toEqual({ drain: "stopping" });
      if (finishes) gate.resolve();
      expect(await answer).toBe(finishes ? '"done"' : "cut");
      await stopped;
      gate.resolve();
      health = createHealth();
      server = await start();
    }
  });

  test("says what to do when the port is taken", async () => {
    const port = Number(new URL(server.url).port);
    const metrics = await createMetrics({ component: "x", processMetrics: false });
    const options = { health, metrics, logger: await logger("info"), host: "127.0.0.1", port, routes: () => undefined };
    await expect(createHttpServer(options)).rejects.toMatchObject({
      message: `Port ${port} of 127.0.0.1 is taken by another process.`,
      nextStep: expect.stringContaining("PORT"),
    });
  });
});
