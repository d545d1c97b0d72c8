/** The parts of `process` that signals need; an EventEmitter in tests. */
export interface SignalSource {
  on(event: "SIGINT" | "SIGTERM", listener: () => void): unknown;
  off(event: "SIGINT" | "SIGTERM", listener: () => void): unknown;
}

export interface SignalOptions {
  /** How long a stop may take before the deadline signal aborts; 25 s when not said (Kubernetes kills after 30 s). */
  readonly deadlineMs?: number;
  readonly source?: SignalSource;
  readonly exit?: (code: number) => void;
}

const DEADLINE_MS = 25_000;

/**
 * Calls `stop` at the first SIGINT or SIGTERM with a signal that aborts after the deadline. A second signal exits with
 * 130 at once: whoever presses twice means it. Returns the function that takes the listeners off again.
 */
export function onSignals(stop: (deadline: AbortSignal) => void, options: SignalOptions = {}): () => void {
  const source = options.source ?? process;
  const exit = options.exit ?? ((code: number) => process.exit(code));
  let stopping = false;
  const listener = () => {
    if (stopping) {
      exit(130);
      return;
    }
    stopping = true;
    stop(AbortSignal.timeout(options.deadlineMs ?? DEADLINE_MS));
  };
  source.on("SIGINT", listener);
  source.on("SIGTERM", listener);
  return () => {
    source.off("SIGINT", listener);
    source.off("SIGTERM", listener);
  };
}
