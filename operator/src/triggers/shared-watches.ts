/** A copy of something that follows the cluster while it runs. */
export interface SharedWatch<T> {
  run(signal: AbortSignal): Promise<void>;
  /** Resolves after the first list; rejects when stopped before. */
  readonly synced: Promise<void>;
  list(): readonly T[];
}

/** Watches by id, each started with its first holder and stopped with its last. */
export interface SharedWatches<T> {
  join(id: string, holder: string): void;
  leave(id: string, holder: string): void;
  /** What the watch knows; undefined until its first list is there, or when nobody holds it. */
  list(id: string): readonly T[] | undefined;
  readonly size: number;
}

interface Running<T> {
  readonly watch: SharedWatch<T>;
  readonly stop: AbortController;
  readonly holders: Set<string>;
  synced: boolean;
}

/** `make` builds the watch `id`; `onChange` is told every holder when something changed or the first list is there. */
export function createSharedWatches<T>(
  make: (id: string, tell: () => void) => SharedWatch<T>,
  onChange: (holder: string) => void,
): SharedWatches<T> {
  const watches = new Map<string, Running<T>>();

  function start(id: string): Running<T> {
    const holders = new Set<string>();
    const tell = () => {
      for (const holder of holders) onChange(holder);
    };
    const running: Running<T> = { watch: make(id, tell), stop: new AbortController(), holders, synced: false };
    watches.set(id, running);
    void running.watch.run(running.stop.signal);
    void running.watch.synced.then(
      () => {
        running.synced = true;
        tell();
      },
      // Stopped before its first list: nobody waits for it any more.
      () => undefined,
    );
    return running;
  }

  return {
    join: (id, holder) => void (watches.get(id) ?? start(id)).holders.add(holder),
    leave: (id, holder) => {
      const running = watches.get(id);
      running?.holders.delete(holder);
      if (running === undefined || running.holders.size > 0) return;
      running.stop.abort();
      watches.delete(id);
    },
    list: (id) => {
      const running = watches.get(id);
      return running?.synced === true ? running.watch.list() : undefined;
    },
    get size() {
      return watches.size;
    },
  };
}
