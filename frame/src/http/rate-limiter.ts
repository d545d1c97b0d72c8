import type { Logger } from "../logger.ts";

/** What became of one request. */
type Admission = { readonly allowed: true } | { readonly allowed: false; readonly retryAfterSeconds: number };

/** Counts the requests of each caller. */
export interface RateLimiter {
  readonly requestsPerMinute: number;
  /** Never rejects: a limiter that does not work must not become an outage. */
  admit(caller: string): Promise<Admission>;
  close(): Promise<void>;
}

export interface RateLimiterOptions {
  readonly requestsPerMinute: number;
  /** Where servers of one name count together; absent: each process counts for itself. */
  readonly redis?: { readonly url: string; readonly name: string } | undefined;
  readonly logger: Pick<Logger, "info" | "warn">;
}

const MINUTE_S = 60;

/**
 * A limiter that counts in this process, or in a Redis that all replicas share. While the Redis is away each process
 * counts for itself. Loads rate-limiter-flexible, and the client of Redis where one is asked for.
 */
export async function createRateLimiter(options: RateLimiterOptions): Promise<RateLimiter> {
  const { requestsPerMinute, redis, logger } = options;
  // A bundler gives a CommonJS module that is loaded late nothing but its default.
  const { default: limiters } = await import("rate-limiter-flexible");
  const bounds = { keyPrefix: `sre-agent/${redis?.name ?? ""}`, points: requestsPerMinute, duration: MINUTE_S };
  const memory = new limiters.RateLimiterMemory(bounds);
  if (redis === undefined) return limiterOf(requestsPerMinute, memory, async () => undefined);
  const opened = await openRedis(redis.url, logger);
  const shared = new limiters.RateLimiterRedis({
    ...bounds,
    storeClient: opened.client,
    useRedisPackage: true,
    rejectIfRedisNotReady: true,
    insuranceLimiter: memory,
  });
  return limiterOf(requestsPerMinute, shared, opened.close);
}

interface Consumer {
  consume(key: string): Promise<unknown>;
}

function limiterOf(requestsPerMinute: number, consumer: Consumer, close: () => Promise<void>): RateLimiter {
  return {
    requestsPerMinute,
    admit: (caller) =>
      consumer.consume(caller).then(
        () => ({ allowed: true }),
        (refusal: unknown) => refused(refusal),
      ),
    close,
  };
}

function refused(refusal: unknown): Admission {
  if (refusal instanceof Error) return { allowed: true };
  const { msBeforeNext = MINUTE_S * 1000 } = refusal as { readonly msBeforeNext?: number };
  return { allowed: false, retryAfterSeconds: Math.max(1, Math.ceil(msBeforeNext / 1000)) };
}

const CONNECT_MS = 2_000;
const SILENCE_MS = 5_000;
const MAX_BACKOFF_MS = 10_000;

/** Connects in the background and for ever; says once when the Redis goes away and once when it is back. */
async function openRedis(url: string, logger: RateLimiterOptions["logger"]) {
  const { default: redis } = await import("@redis/client");
  const client = redis.createClient({
    url,
    disableOfflineQueue: true,
    pingInterval: SILENCE_MS / 2,
    socket: {
      connectTimeout: CONNECT_MS,
      socketTimeout: SILENCE_MS,
      reconnectStrategy: (retries) => Math.min(MAX_BACKOFF_MS, 100 * 2 ** Math.min(retries, 10)),
    },
  });
  let away = false;
  client.on("error", (error: unknown) => {
    if (!away) logger.warn("Redis is away: each process counts requests for itself until it is back", { error });
    away = true;
  });
  client.on("ready", () => {
    if (away) logger.info("Redis is back: requests are counted together");
    away = false;
  });
  // The first connection may take long or never come; requests are counted here meanwhile.
  client.connect().catch(() => undefined);
  return {
    client,
    close: async () => {
      client.destroy();
    },
  };
}
