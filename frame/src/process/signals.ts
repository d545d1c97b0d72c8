type StopEvent = "SIGINT" | "SIGTERM" | "disconnect";

/** The parts of `process` that signals need; an EventEmitter in tests. */
interface SignalSource {
  on(event: StopEvent, listener: () => void): unknown;
  off(event: StopEvent, listener: () => void): unknown;
}

export interface SignalOptions {
  /** How long a stop may take before the deadline signal aborts; 25 s when not said (Kubernetes kills after 30 s). */
  readonly deadlineMs?: number;
  readonly source?: SignalSource;
  readonly exit?: (code: number) => void;
}

/** How long a process has to end in order; below the 30 s that the kubelet gives a pod. */
export const STOP_DEADLINE_MS = 25_000;
/** After the deadline, for the last words. */
const GRACE_MS = 1_000;

/**
 * Calls `stop` at the first SIGINT or SIGTERM with a signal that aborts after the deadline. A second signal exits with
 * 130 at once: whoever presses twice means it. A parent that opened an IPC channel to this process and is gone stops it
 * as a signal does. What is still there a moment after the deadline exits: a request to a server that is gone would keep
 * the process for minutes. Returns the function that takes the listeners off again.
 */
export function onSignals(stop: (deadline: AbortSignal) => void, options: SignalOptions = {}): () => void {
  const source = options.source ?? process;
  const exit = options.exit ?? ((code: number) => process.exit(code));
  let stopping = false;
  const stopOnce = () => {
    if (stopping) return;
    stopping = true;
    const deadlineMs = options.deadlineMs ?? STOP_DEADLINE_MS;
    stop(AbortSignal.timeout(deadlineMs));
    // Keeps nobody: it comes true only when something else does.
    setTimeout(() => exit(Number(process.exitCode ?? 1)), deadlineMs + GRACE_MS).unref();
  };
  const onSignal = () => (stopping ? exit(130) : stopOnce());
  const listeners = { SIGINT: onSignal, SIGTERM: onSignal, disconnect: stopOnce } as const;
  const events = Object.keys(listeners) as readonly StopEvent[];
  for (const event of events) source.on(event, listeners[event]);
  return () => {
    for (const event of events) source.off(event, listeners[event]);
  };
}
