/** Tokens of one reply. A token is taken for three bytes, which is never too few on what we send. */
const REPLY_TOKENS = 2_000;
const BYTES_PER_TOKEN = 3;

const bytes = (text: string) => Buffer.byteLength(text);

/**
 * The whole text when it fits the budget, else as many of its first lines as fit and a last line that says how many
 * were left out and how to see them.
 */
export function fitText(text: string, narrow: string, tokens = REPLY_TOKENS): string {
  const limit = tokens * BYTES_PER_TOKEN;
  if (bytes(text) <= limit) return text;
  const lines = text.split("\n");
  const last = (left: number) => `… ${left} more lines left out; ${narrow}`;
  let used = bytes(last(lines.length)) + 1;
  let kept = 0;
  for (const line of lines) {
    used += bytes(line) + 1;
    if (used > limit) break;
    kept += 1;
  }
  if (kept === 0)
    return `${Buffer.from(text)
      .subarray(0, limit - 200)
      .toString()}\n… cut; ${narrow}`;
  return [...lines.slice(0, kept), last(lines.length - kept)].join("\n");
}

/** True when a structured answer is within the budget. */
export function fitsStructured(value: object, tokens = REPLY_TOKENS): boolean {
  return bytes(JSON.stringify(value)) <= 2 * tokens * BYTES_PER_TOKEN;
}
