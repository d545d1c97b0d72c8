import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createRateLimiter, type RateLimiter } from "./rate-limiter.ts";

/** A real server: `apt-get install redis-server`. Where there is none these tests are reported as skipped. */
const installed = spawnSync("redis-server", ["--version"]).status === 0;
const POLL = { timeout: 40_000, interval: 100 };

const cleanup: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of cleanup.splice(0).reverse()) await stop();
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function startRedis(port: number): Promise<{ stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "redis-"));
  const options = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder];
  const child: ChildProcess = spawn("redis-server", options, { stdio: ["ignore", "pipe", "ignore"] });
  let said = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    rmSync(folder, { recursive: true, force: true });
  };
  cleanup.push(stop);
  await expect.poll(() => said, POLL).toContain("Ready to accept connections");
  return { stop };
}

async function replica(port: number) {
  const lines: string[] = [];
  const logger = { info: (line: string) => void lines.push(line), warn: (line: string) => void lines.push(line) };
  const redis = { url: `redis://127.0.0.1:${port}`, name: "door" };
  const limiter = await createRateLimiter({ requestsPerMinute: 4, logger, redis });
  cleanup.push(limiter.close);
  return { limiter, lines };
}

/** Waits until the replicas count together: what one admits the other has used up. */
async function together(one: RateLimiter, other: RateLimiter): Promise<void> {
  await expect
    .poll(async () => {
      const caller = randomUUID();
      const answers: boolean[] = [];
      for (const limiter of [one, other, one, other, one]) answers.push((await limiter.admit(caller)).allowed);
      return answers.join();
    }, POLL)
    .toBe("true,true,true,true,false");
}

describe.skipIf(!installed)("with a real Redis", { timeout: 120_000 }, () => {
  test("replicas count together, each for itself while it is away, and together again when it is back", async () => {
    const port = await freePort();
    const first = await startRedis(port);
    const [a, b] = [await replica(port), await replica(port)];
    await together(a.limiter, b.limiter);
    await first.stop();
    await expect.poll(() => [a.lines.length, b.lines.length], POLL).toEqual([1, 1]);
    expect(a.lines[0]).toContain("Redis is away");
    const alone = [a.limiter, b.limiter].map(async (limiter) => {
      const answers: boolean[] = [];
      for (let time = 0; time < 5; time += 1) answers.push((await limiter.admit("alone")).allowed);
      return answers.join();
    });
    expect(await Promise.all(alone)).toEqual(["true,true,true,true,false", "true,true,true,true,false"]);

    await startRedis(port);
    await together(a.limiter, b.limiter);
    expect(a.lines).toEqual([expect.stringContaining("Redis is away"), expect.stringContaining("Redis is back")]);
  });

  test("a refusal tells when the minute is over", async () => {
    const port = await freePort();
    await startRedis(port);
    const [a, b] = [await replica(port), await replica(port)];
    await together(a.limiter, b.limiter);
    for (let time = 0; time < 4; time += 1) await a.limiter.admit("busy");
    const refused = await b.limiter.admit("busy");
    expect(refused.allowed).toBe(false);
    expect(refused.allowed ? 0 : refused.retryAfterSeconds).toBeGreaterThan(0);
    expect(refused.allowed ? 0 : refused.retryAfterSeconds).toBeLessThanOrEqual(60);
  });
});
