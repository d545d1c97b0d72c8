import { ModelError } from "./model-error.ts";

export interface RetryEffects {
  /** Rejects when `signal` aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** From 0 to 1, for the jitter. */
  readonly random: () => number;
}

export interface RetryOptions {
  readonly effects: RetryEffects;
  readonly signal: AbortSignal;
  /** A wait that would not end within this time is not begun. */
  readonly timeLeftMs: number;
  /** Called before each wait. */
  readonly onRetry?: (error: ModelError) => void;
}

const MAX_ATTEMPTS = 5;
const FIRST_WAIT_MS = 2_000;
/** A reply that is none is rarely better the third time. */
const BAD_RESPONSES = 2;

/**
 * Repeats one call of a model. Waits are the larger of the provider's hint and a jittered doubling from 2 s.
 * Throws the last ModelError when it is final, when the attempts are used up, or when the wait does not fit.
 */
export async function withRetries<Value>(attempt: () => Promise<Value>, options: RetryOptions): Promise<Value> {
  const deadline = options.effects.now() + options.timeLeftMs;
  let bad = 0;
  for (let made = 1; ; made += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof ModelError && error.code === "bad_response") bad += 1;
      await waitFor(error, { ...options, made, bad, deadline });
    }
  }
}

interface Failed extends RetryOptions {
  readonly made: number;
  /** Of them, replies that were none. */
  readonly bad: number;
  readonly deadline: number;
}

/** Returns when it is time for another attempt; throws when there should be none. */
async function waitFor(error: unknown, failed: Failed): Promise<void> {
  const { effects, signal, made, deadline, onRetry } = failed;
  if (signal.aborted) throw cancelled(error);
  if (!(error instanceof ModelError) || !isWorthAnother(error, failed)) throw error;
  const wait = waitAfter(error, made, effects.random());
  if (effects.now() + wait >= deadline) throw error;
  onRetry?.(error);
  await effects.sleep(wait, signal).catch((cause: unknown) => {
    throw cancelled(cause);
  });
}

function cancelled(cause: unknown): ModelError {
  return new ModelError("aborted", "The call of the model was cancelled.", { cause });
}

function isWorthAnother({ final }: ModelError, { made, bad }: Failed): boolean {
  return !final && made < MAX_ATTEMPTS && bad < BAD_RESPONSES;
}

function waitAfter({ retryAfterMs = 0 }: ModelError, made: number, random: number): number {
  const doubled = FIRST_WAIT_MS * 2 ** (made - 1);
  return Math.max(retryAfterMs, Math.round(doubled * (0.5 + random / 2)));
}
