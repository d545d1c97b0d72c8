/** Tokens of one entry of a journal, whole and as a digest. */
export interface EntrySize {
  readonly whole: number;
  readonly cut: number;
}

const FULL = 0.75;
const AFTER = 0.4;

/**
 * The entry before which everything is told as digests. It moves only when three quarters of the room are used, and
 * then by a lot: each move costs the provider's cache its prefix. Deterministic in the entries, so that a run which is
 * resumed elsewhere is told alike. The newest entry stays whole.
 */
export function cutBefore(sizes: readonly EntrySize[], roomTokens: number): number {
  let before = 0;
  let used = 0;
  sizes.forEach(({ whole }, newest) => {
    used += whole;
    if (used <= roomTokens * FULL) return;
    for (; before < newest && used > roomTokens * AFTER; before += 1) {
      const { whole: full = 0, cut = 0 } = sizes[before] ?? {};
      used -= full - cut;
    }
  });
  return before;
}
