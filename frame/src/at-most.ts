/** Lets `most` pieces of work run at a time; the others wait in order, and leave the line when their signal aborts. */
export function atMost(most: number) {
  const waiting = new Set<() => void>();
  let running = 0;

  function turnOf(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        waiting.delete(enter);
        reject(signal?.reason);
      };
      const enter = () => {
        signal?.removeEventListener("abort", leave);
        resolve();
      };
      waiting.add(enter);
      signal?.addEventListener("abort", leave, { once: true });
    });
  }

  function letNext(): void {
    const [next] = waiting;
    if (next === undefined) {
      running -= 1;
      return;
    }
    // The place is handed over, so that nobody who comes now gets in between.
    waiting.delete(next);
    next();
  }

  return async <Value>(work: () => Promise<Value>, signal?: AbortSignal): Promise<Value> => {
    signal?.throwIfAborted();
    if (running < most) running += 1;
    else await turnOf(signal);
    try {
      return await work();
    } finally {
      letNext();
    }
  };
}
