import type { Clock } from "../clock.ts";
import type { Connection } from "../connection.ts";
import { type LeaseRecord, openLease } from "../lease.ts";

/** client-go's: a dead leader is replaced after at most `leaseMs`; `renewMs` must be shorter. */
export interface LeaseDurations {
  readonly leaseMs: number;
  /** How long a leader goes on without a successful renewal. */
  readonly renewMs: number;
  readonly retryMs: number;
}

const DURATIONS: LeaseDurations = { leaseMs: 15_000, renewMs: 10_000, retryMs: 2_000 };

export interface LeaseElectionOptions {
  readonly connection: Connection;
  readonly namespace: string;
  readonly name: string;
  /** Unique among replicas: `<pod>_<uid>`. */
  readonly identity: string;
  readonly clock: Clock;
  readonly durations?: LeaseDurations;
  /** A claim that the API server could not answer; it is tried again. */
  readonly onError?: (error: unknown) => void;
  /** A claim that it answered, whoever holds the lease. */
  readonly onAnswer?: () => void;
}

export interface LeaseElection {
  /**
   * Waits for the lease and runs `lead` while it is held; waits again after it was lost. Ends when `signal` aborts
   * (after `lead` has drained, and the lease is released) or `lead` ends by itself. Rejects when `lead` throws.
   * `leadership` aborts when the lease is lost or `signal` aborts: `lead` must then stop writing and return.
   */
  run(signal: AbortSignal, lead: (leadership: AbortSignal) => Promise<void>): Promise<void>;
  /** True while this process holds the lease and has not been told to stop. */
  readonly leading: boolean;
}

type Lead = (leadership: AbortSignal) => Promise<void>;

/** One leader among replicas, through a `coordination.k8s.io` Lease. */
export function createLeaseElection(options: LeaseElectionOptions): LeaseElection {
  const durations = options.durations ?? DURATIONS;
  if (durations.renewMs >= durations.leaseMs || durations.retryMs >= durations.renewMs) {
    throw new RangeError(`expected retryMs < renewMs < leaseMs, got ${JSON.stringify(durations)}`);
  }
  return new Election(options, durations);
}

class Election implements LeaseElection {
  readonly #lease: LeaseRecord;
  readonly #clock: Clock;
  readonly #durations: LeaseDurations;
  readonly #onError: (error: unknown) => void;
  readonly #onAnswer: () => void;
  #leading = false;

  constructor(options: LeaseElectionOptions, durations: LeaseDurations) {
    this.#lease = openLease({ ...options, leaseMs: durations.leaseMs });
    this.#clock = options.clock;
    this.#durations = durations;
    this.#onError = options.onError ?? (() => undefined);
    this.#onAnswer = options.onAnswer ?? (() => undefined);
  }

  get leading(): boolean {
    return this.#leading;
  }

  async run(signal: AbortSignal, lead: Lead): Promise<void> {
    const { renewMs, retryMs } = this.#durations;
    let candidate = true;
    while (candidate && !signal.aborted) {
      if ((await this.#claim(renewMs / 2)) === "held") candidate = await this.#term(signal, lead);
      else await pause(this.#clock, retryMs, signal);
    }
  }

  /** One term as leader. True when the lease was lost, so that we may be a candidate again. */
  async #term(signal: AbortSignal, lead: Lead): Promise<boolean> {
    const leadership = new AbortController();
    const ended = new AbortController();
    const stopLeading = (reason: unknown) => {
      this.#leading = false;
      leadership.abort(reason);
    };
    const onStop = () => stopLeading(signal.reason);
    signal.addEventListener("abort", onStop, { once: true });
    this.#leading = true;
    // The signal may have aborted while the claim was under way.
    if (signal.aborted) onStop();
    const work = lead(leadership.signal).finally(() => ended.abort());
    work.catch(() => undefined);
    // Renewing goes on while `lead` drains, so that nobody else starts meanwhile.
    const lost = await this.#renewUntil(ended.signal);
    stopLeading(new Error(lost ? "the lease was lost" : "the work ended"));
    signal.removeEventListener("abort", onStop);
    if (!lost) await this.#release();
    await work;
    return lost;
  }

  /** True when the lease was lost, false when `ended` aborted first. */
  async #renewUntil(ended: AbortSignal): Promise<boolean> {
    const { retryMs, renewMs } = this.#durations;
    let renewedAtMs = this.#clock.now();
    let leftMs = renewMs;
    while (await pause(this.#clock, Math.min(retryMs, leftMs), ended)) {
      const startedMs = this.#clock.now();
      leftMs = renewedAtMs + renewMs - startedMs;
      if (leftMs <= 0) return true;
      const outcome = await this.#claim(Math.min(leftMs, renewMs / 2));
      if (outcome === "taken") return true;
      // From before the request: the others count from when it was stored.
      if (outcome === "held") renewedAtMs = startedMs;
      leftMs = Math.max(0, renewedAtMs + renewMs - this.#clock.now());
    }
    return false;
  }

  /** Takes at most `timeoutMs`: a claim is one or two requests. */
  async #claim(timeoutMs: number): Promise<"held" | "taken" | "unknown"> {
    try {
      const held = await this.#lease.claim(timeoutMs / 2);
      this.#onAnswer();
      return held ? "held" : "taken";
    } catch (error) {
      this.#onError(error);
      return "unknown";
    }
  }

  async #release(): Promise<void> {
    try {
      await this.#lease.release(this.#durations.renewMs / 2);
    } catch (error) {
      // It expires by itself: the next leader only waits longer.
      this.#onError(error);
    }
  }
}

/** Sleeps; false when `signal` cut it short. */
async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  await clock.sleep(ms, signal).catch(() => undefined);
  return !signal.aborted;
}
