import type { Clock } from "../clock.ts";
import type { Queue } from "./queue.ts";

/** When to look at a key again. A thrown error means: after the key's backoff. */
export type Requeue =
  | { readonly kind: "done" }
  | { readonly kind: "retryAfter"; readonly ms: number; readonly reason: string }
  /** Trying again changes nothing until the object changes. */
  | { readonly kind: "terminal"; readonly reason: string };

export interface ControllerOptions {
  readonly queue: Queue;
  /** Level-based: reads what is, never what happened. Must end soon after `signal` aborts: its key is blocked until then. */
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<Requeue>;
  /** Keys at once. Default 1. */
  readonly workers?: number;
  /** Of one reconcile. Default 60 s. */
  readonly timeoutMs?: number;
  /** How long a stopped controller waits for reconciles under way before their signals abort. Default 10 s. */
  readonly drainMs?: number;
  readonly clock: Clock;
  readonly onError: (key: string, error: unknown, retryInMs: number) => void;
}

export interface Controller {
  /** Works until `signal` aborts, then drains: at most `drainMs` and one second more. */
  run(signal: AbortSignal): Promise<void>;
}

const AFTER_ABORT_MS = 1_000;

export function createController(options: ControllerOptions): Controller {
  const { queue, clock, workers = 1, timeoutMs = 60_000, drainMs = 10_000 } = options;
  if (!Number.isInteger(workers) || workers < 1) throw new RangeError(`expected workers ≥ 1, got ${workers}`);

  async function work(stop: AbortSignal, hardStop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const key = await queue.take(stop).catch(() => undefined);
      if (key === undefined) return;
      await reconcileOnce(key, hardStop);
      queue.done(key);
    }
  }

  async function reconcileOnce(key: string, hardStop: AbortSignal): Promise<void> {
    try {
      settle(key, await withinTime((signal) => options.reconcile(key, signal), { clock, timeoutMs, hardStop }));
    } catch (error) {
      options.onError(key, error, queue.addBackoff(key));
    }
  }

  function settle(key: string, outcome: Requeue): void {
    queue.forget(key);
    if (outcome.kind === "retryAfter") queue.addAfter(key, outcome.ms);
  }

  return {
    async run(signal) {
      const hardStop = new AbortController();
      const all = Promise.all(Array.from({ length: workers }, () => work(signal, hardStop.signal)));
      await aborted(signal);
      await firstOf(all, clock, drainMs);
      hardStop.abort(new Error("the controller stopped"));
      await firstOf(all, clock, AFTER_ABORT_MS);
      queue.close();
    },
  };
}

interface TimeLimit {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly hardStop: AbortSignal;
}

async function withinTime<T>(
  run: (signal: AbortSignal) => Promise<T>,
  { clock, timeoutMs, hardStop }: TimeLimit,
): Promise<T> {
  const limit = new AbortController();
  const ended = new AbortController();
  const onHardStop = () => limit.abort(hardStop.reason);
  hardStop.addEventListener("abort", onHardStop, { once: true });
  void clock.sleep(timeoutMs, ended.signal).then(
    () => limit.abort(new Error(`it took longer than ${timeoutMs / 1000} s`)),
    () => undefined,
  );
  try {
    return await run(limit.signal);
  } finally {
    ended.abort();
    hardStop.removeEventListener("abort", onHardStop);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** Waits for `work`, at most `ms`. */
async function firstOf(work: Promise<unknown>, clock: Clock, ms: number): Promise<void> {
  const ended = new AbortController();
  await Promise.race([work, clock.sleep(ms, ended.signal).catch(() => undefined)]);
  ended.abort();
}
