const FIRST_MS = 800;
const MAX_MS = 30_000;

/** The pause after `failures` failures in a row (from 0): 0.8 s doubling to 30 s, half of it random. */
export function backoffMs(failures: number, random: () => number): number {
  const full = Math.min(MAX_MS, FIRST_MS * 2 ** Math.min(failures, 16));
  return Math.round(full * (0.5 + random() / 2));
}
