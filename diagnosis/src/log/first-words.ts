/** A longer word is cut: rather half of it than nothing. */
const MAX_WORD = 200;

/** The beginning of a text, up to whole words: half of a credential has no form by which it is known later. */
export function firstWords(text: string, max: number): string {
  if (text.length <= max) return text;
  const blank = Math.max(text.lastIndexOf(" ", max), text.lastIndexOf("\n", max));
  return text.slice(0, blank >= max - MAX_WORD ? Math.max(blank, 0) : max);
}
