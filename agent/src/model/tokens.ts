/**
 * Tokens of a text, from above: no tokenizer is shipped. Prose and JSON have three bytes and more in a token; runs of
 * digits and hexadecimal have fewer, so they are counted apart.
 */
export function estimateTokens(text: string): number {
  const dense = [...text.matchAll(/[0-9a-f]{8,}/gi)].reduce((all, [run]) => all + run.length, 0);
  return Math.ceil((Buffer.byteLength(text) - dense) / 3 + dense / 1.5);
}
