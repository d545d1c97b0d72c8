import { createServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { createHealth } from "../health.ts";
import { createLogger } from "../logger.ts";
import { createMetrics } from "../metrics.ts";
import { createHttpServer } from "./http-server.ts";
import { rateLimit } from "./rate-limit.ts";
import { createRateLimiter } from "./rate-limiter.ts";

const cleanup: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of cleanup.splice(0).reverse()) await stop();
});

interface Door {
  readonly url: string;
  readonly lines: string[];
  as(caller: string): Promise<Response>;
}

async function start(redis?: { readonly url: string; readonly name: string }): Promise<Door> {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const logger = await createLogger({ component: "test", level: "info", destination });
  const metrics = await createMetrics({ component: "test", unknownLabel: "throw", processMetrics: false });
  const limiter = await createRateLimiter({ requestsPerMinute: 2, logger, redis });
  const callerOf = (response: { readonly locals: Record<string, unknown> }) => String(response.locals["caller"]);
  const server = await createHttpServer({
    ...{ health: createHealth(), metrics, logger, host: "127.0.0.1", port: 0 },
    routes: (router) => {
      router.use((request, response, next) => {
        response.locals["caller"] = request.headers["x-caller"];
        next();
      });
      router.get("/", rateLimit({ limiter, metrics, callerOf }), (_request, response) => void response.json("in"));
    },
  });
  cleanup.push(() => server.stop(0), limiter.close);
  return { url: server.url, lines, as: (caller) => fetch(server.url, { headers: { "x-caller": caller } }) };
}

const statuses = async (door: Door, caller: string, times: number) => {
  const answers: number[] = [];
  for (let time = 0; time < times; time += 1) answers.push((await door.as(caller)).status);
  return answers;
};

describe("a caller above its requests a minute", () => {
  test("is answered 429 with the time to wait, and nobody else is", async () => {
    const door = await start();
    expect(await statuses(door, "a", 3)).toEqual([200, 200, 429]);
    const refused = await door.as("a");
    expect(refused.headers.get("content-type")).toBe("application/problem+json");
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(60);
    expect(await refused.json()).toMatchObject({ status: 429, code: "RATE_LIMITED" });
    expect(await statuses(door, "b", 1)).toEqual([200]);
    expect(await (await fetch(`${door.url}/metrics`)).text()).toContain(
      'sre_agent_http_rate_limited_total{component="test"} 2',
    );
  });
});

/** A port that nothing listens on. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

test("without its Redis a process counts for itself, and says so once", async () => {
  const door = await start({ url: `redis://127.0.0.1:${await closedPort()}`, name: "door" });
  expect(await statuses(door, "a", 3)).toEqual([200, 200, 429]);
  const warnings = () => door.lines.filter((line) => line.includes("Redis is away"));
  await expect.poll(() => warnings().length, { timeout: 15_000 }).toBe(1);
  expect(await statuses(door, "b", 3)).toEqual([200, 200, 429]);
  expect(warnings()).toHaveLength(1);
});
