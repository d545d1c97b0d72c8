import { setTimeout } from "node:timers/promises";

/** Time as an argument, so that tests move it and nothing sleeps. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Real time. A sleep keeps the process alive until it ends. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    await setTimeout(ms, undefined, { signal }).catch(() => signal?.throwIfAborted());
  },
};
