export interface HealthReport {
  readonly ok: boolean;
  /** Why not, by check; empty when ok. */
  readonly failing: Readonly<Record<string, string>>;
}

/** One condition of readiness, held by the part that knows it. */
export interface ReadyCheck {
  pass(): void;
  fail(reason: string): void;
}

export interface Health {
  live(): HealthReport;
  ready(): HealthReport;
  /** Registers a check, failing with "starting" until its owner says otherwise. Throws when the name is taken. */
  check(name: string): ReadyCheck;
  /** For a state that only a restart mends: liveness fails from now on. */
  fail(reason: string): void;
  /** The process is stopping: not ready any more, whatever the checks say. */
  drain(): void;
}

function report(failing: ReadonlyMap<string, string>): HealthReport {
  return { ok: failing.size === 0, failing: Object.fromEntries(failing) };
}

/** Liveness and readiness of this process; both are answers from memory and cost nothing. */
export function createHealth(): Health {
  const names = new Set<string>();
  const notReady = new Map<string, string>();
  const notLive = new Map<string, string>();
  return {
    live: () => report(notLive),
    ready: () => report(new Map([...notLive, ...notReady])),
    check: (name) => {
      if (names.has(name)) throw new Error(`readiness check ${name} is registered twice`);
      names.add(name);
      notReady.set(name, "starting");
      return {
        pass: () => void notReady.delete(name),
        fail: (reason) => void notReady.set(name, reason),
      };
    },
    fail: (reason) => void notLive.set("process", reason),
    drain: () => void notReady.set("drain", "stopping"),
  };
}
