/** Tokens of one entry of a journal: whole, as a digest, and as its bare ids. */
export interface EntrySize {
  readonly whole: number;
  readonly digest: number;
  readonly bare: number;
}

/** Entries before `bare` are told as their ids, those from there to `digest` as digests, the rest whole. */
export interface Cut {
  readonly bare: number;
  readonly digest: number;
}

const FULL = 0.75;
const AFTER = 0.4;

/**
 * Where a journal is cut to fit. The cut moves only when three quarters of the room are used, and then by a lot: each
 * move costs the provider's cache its prefix. Deterministic in the entries, so that a run which is resumed elsewhere is
 * told alike. The newest entry and the turn that it answers stay whole.
 */
export function cutToFit(sizes: readonly EntrySize[], roomTokens: number): Cut {
  const cut = { bare: 0, digest: 0 };
  let used = 0;
  const shorten = (from: "whole" | "digest", to: "digest" | "bare", end: number) => {
    for (; cut[to] < end && used > roomTokens * AFTER; cut[to] += 1) {
      const size = sizes[cut[to]];
      used -= size === undefined ? 0 : size[from] - size[to];
    }
  };
  sizes.forEach(({ whole }, newest) => {
    used += whole;
    if (used <= roomTokens * FULL) return;
    shorten("whole", "digest", newest - 1);
    shorten("digest", "bare", cut.digest);
  });
  return cut;
}
