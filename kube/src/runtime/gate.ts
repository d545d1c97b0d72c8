/** Lets so many in at once; the others wait in turn. */
export type Gate = <T>(work: () => Promise<T>) => Promise<T>;

export function createGate(slots: number): Gate {
  const waiting: (() => void)[] = [];
  let free = slots;
  return async (work) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free -= 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
