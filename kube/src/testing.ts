import type { Clock } from "./clock.ts";

/** A clock that stands still until a test moves it. */
export interface FakeClock extends Clock {
  /** Moves time forward; sleeps that end on the way resolve in their order, each seeing its own time. */
  advance(ms: number): Promise<void>;
  /** Sleeps under way. */
  readonly sleeping: number;
}

interface Sleeper {
  readonly atMs: number;
  wake(): void;
}

/** Starts at `startMs` (default 2026-01-01T00:00:00Z). */
export function createFakeClock(startMs = Date.UTC(2026, 0, 1)): FakeClock {
  let nowMs = startMs;
  const sleepers = new Set<Sleeper>();

  function next(untilMs: number): Sleeper | undefined {
    return [...sleepers].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
  }

  return {
    now: () => nowMs,
    get sleeping() {
      return sleepers.size;
    },
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason);
          return;
        }
        const cancel = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        const sleeper: Sleeper = {
          atMs: nowMs + ms,
          wake() {
            sleepers.delete(sleeper);
            signal?.removeEventListener("abort", cancel);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", cancel, { once: true });
      });
    },
    async advance(ms) {
      const untilMs = nowMs + ms;
      await settle();
      for (let due = next(untilMs); due !== undefined; due = next(untilMs)) {
        nowMs = due.atMs;
        due.wake();
        await settle();
      }
      nowMs = untilMs;
    },
  };
}

/** Lets everything that already can run do so: continuations, and the next sleep that they start. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
