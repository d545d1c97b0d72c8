import { setTimeout } from "node:timers/promises";

/** Time as an argument: the same shape as every other workspace's clock. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    await setTimeout(ms, undefined, { signal }).catch(() => signal?.throwIfAborted());
  },
};

/** A clock that stands still until `advance` moves it; sleepers wake in the order of their time. */
export interface ManualClock extends Clock {
  /** Moves time and lets everything that woke up finish its in-process work. */
  advance(ms: number): Promise<void>;
}

interface Sleeper {
  readonly at: number;
  wake(): void;
}

export function createManualClock(startMs: number): ManualClock {
  const sleepers = new Set<Sleeper>();
  let now = startMs;

  function earliest(limit: number): Sleeper | undefined {
    let first: Sleeper | undefined;
    for (const sleeper of sleepers) {
      if (sleeper.at <= limit && (first === undefined || sleeper.at < first.at)) first = sleeper;
    }
    return first;
  }

  return {
    now: () => now,
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const sleeper = { at: now + ms, wake: resolve };
        sleepers.add(sleeper);
        const cancel = () => sleepers.delete(sleeper) && reject(signal?.reason);
        signal?.addEventListener("abort", cancel, { once: true });
      });
    },
    async advance(ms) {
      const target = now + ms;
      await turn();
      for (let next = earliest(target); next !== undefined; next = earliest(target)) {
        sleepers.delete(next);
        now = Math.max(now, next.at);
        next.wake();
        await turn();
      }
      now = target;
      await turn();
    },
  };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** RFC 3339 with seconds, as metav1.Time. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** RFC 3339 with microseconds, as metav1.MicroTime. */
export function microTimestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}000Z`;
}
