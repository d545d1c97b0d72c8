/** Tokens of one reply. A token is taken for three bytes, which is never too few on what we send. */
const REPLY_TOKENS = 2_000;
const BYTES_PER_TOKEN = 3;

const bytes = (text: string) => Buffer.byteLength(text);

/** True when the whole text is within the budget. */
export function fits(text: string): boolean {
  return bytes(text) <= REPLY_TOKENS * BYTES_PER_TOKEN;
}

/**
 * The whole text when it fits the budget, else as many of its first lines as fit and a last line that says how many
 * were left out and how to see them: `hint` gets the number of the first line that is missing.
 */
export function fitText(text: string, hint: (line: number) => string): string {
  const limit = REPLY_TOKENS * BYTES_PER_TOKEN;
  if (fits(text)) return text;
  const lines = text.split("\n");
  const last = (left: number) => `… ${left} more lines left out; ${hint(lines.length - left + 1)}`;
  let used = bytes(last(lines.length)) + 20;
  let kept = 0;
  for (const line of lines) {
    used += bytes(line) + 1;
    if (used > limit) break;
    kept += 1;
  }
  if (kept === 0)
    return `${Buffer.from(text)
      .subarray(0, limit - 200)
      .toString()}\n… cut; ${hint(1)}`;
  return [...lines.slice(0, kept), last(lines.length - kept)].join("\n");
}

/** True when a structured answer is within the budget. */
export function fitsStructured(value: object, tokens = REPLY_TOKENS): boolean {
  return bytes(JSON.stringify(value)) <= 2 * tokens * BYTES_PER_TOKEN;
}
