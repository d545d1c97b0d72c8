import type { Clock } from "../clock.ts";

export interface QueueOptions {
  readonly clock: Clock;
  /** First backoff of a key; doubles with each failure. Default 1 s. */
  readonly baseMs?: number;
  /** Default 5 minutes. */
  readonly maxMs?: number;
}

/** Keys to work on, each at most once at a time. */
export interface Queue {
  /** Twice before it is taken is once; while it is in flight, it runs once more afterwards. */
  add(key: string): void;
  /** Adds after `ms`; of several delays of a key the earliest counts. */
  addAfter(key: string, ms: number): void;
  /** Adds after the key's backoff and lengthens it; tells the delay in ms. */
  addBackoff(key: string): number;
  /** Starts the key's backoff anew. */
  forget(key: string): void;
  /** The next key, now in flight until `done`. Rejects with the signal's reason. */
  take(signal: AbortSignal): Promise<string>;
  done(key: string): void;
  /** Drops all delays, so that nothing keeps the process alive. */
  close(): void;
  /** Ready keys, not counting delayed and in-flight ones. */
  readonly size: number;
  readonly delayed: number;
  readonly inFlight: number;
}

interface Delay {
  readonly atMs: number;
  readonly cancel: AbortController;
}

export function createQueue(options: QueueOptions): Queue {
  return new KeyedQueue(options);
}

class KeyedQueue implements Queue {
  readonly #options: Required<QueueOptions>;
  readonly #ready = new Set<string>();
  readonly #inFlight = new Set<string>();
  /** In flight and added meanwhile. */
  readonly #again = new Set<string>();
  readonly #delays = new Map<string, Delay>();
  readonly #failures = new Map<string, number>();
  readonly #takers = new Set<(key: string) => void>();

  constructor({ clock, baseMs = 1_000, maxMs = 300_000 }: QueueOptions) {
    this.#options = { clock, baseMs, maxMs };
  }

  add(key: string): void {
    if (this.#inFlight.has(key)) this.#again.add(key);
    else this.#ready.add(key);
    this.#handOut();
  }

  addAfter(key: string, ms: number): void {
    const { clock } = this.#options;
    const atMs = clock.now() + ms;
    const earlier = this.#delays.get(key);
    if (earlier !== undefined && earlier.atMs <= atMs) return;
    earlier?.cancel.abort();
    const cancel = new AbortController();
    this.#delays.set(key, { atMs, cancel });
    void clock.sleep(ms, cancel.signal).then(
      () => {
        this.#delays.delete(key);
        this.add(key);
      },
      () => undefined,
    );
  }

  addBackoff(key: string): number {
    const { baseMs, maxMs } = this.#options;
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const ms = Math.min(maxMs, baseMs * 2 ** Math.min(failures, 30));
    this.addAfter(key, ms);
    return ms;
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }

  take(signal: AbortSignal): Promise<string> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const key = this.#next();
    return key === undefined ? this.#wait(signal) : Promise.resolve(key);
  }

  done(key: string): void {
    this.#inFlight.delete(key);
    if (this.#again.delete(key)) this.add(key);
  }

  close(): void {
    for (const { cancel } of this.#delays.values()) cancel.abort();
    this.#delays.clear();
  }

  get size(): number {
    return this.#ready.size;
  }

  get delayed(): number {
    return this.#delays.size;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  #handOut(): void {
    for (const give of this.#takers) {
      const key = this.#next();
      if (key === undefined) return;
      this.#takers.delete(give);
      give(key);
    }
  }

  #next(): string | undefined {
    const [key] = this.#ready;
    if (key === undefined) return undefined;
    this.#ready.delete(key);
    this.#inFlight.add(key);
    return key;
  }

  #wait(signal: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      const give = (key: string) => {
        signal.removeEventListener("abort", cancel);
        resolve(key);
      };
      const cancel = () => {
        this.#takers.delete(give);
        reject(signal.reason);
      };
      this.#takers.add(give);
      signal.addEventListener("abort", cancel, { once: true });
    });
  }
}
