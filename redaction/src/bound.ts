export interface Bounds {
  /** Of the UTF-8 encoding. */
  readonly maxBytes: number;
  readonly maxLines: number;
}

export interface Bounded {
  readonly text: string;
  readonly truncated: boolean;
  /** Of the whole text, so that the reader knows how much is left out. */
  readonly bytes: number;
  readonly lines: number;
}

function firstLines(text: string, maxLines: number): string {
  let end = -1;
  for (let line = 0; line < maxLines; line++) {
    end = text.indexOf("\n", end + 1);
    if (end === -1) return text;
  }
  return text.slice(0, Math.max(end, 0));
}

function firstBytes(text: string, maxBytes: number): string {
  // encodeInto stops before the code point that does not fit.
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(Math.max(maxBytes, 0)));
  return text.slice(0, read);
}

function countLines(text: string): number {
  if (text === "") return 0;
  let lines = 1;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines += 1;
  return lines;
}

/** The beginning of a text within both bounds, cut between code points, with the totals of the whole. */
export function bound(text: string, { maxBytes, maxLines }: Bounds): Bounded {
  const cut = firstBytes(firstLines(text, maxLines), maxBytes);
  const bytes = Buffer.byteLength(text, "utf8");
  return { text: cut, truncated: cut.length < text.length, bytes, lines: countLines(text) };
}
