/** Which characters make a longer word of one that they touch: before it and after it. */
export interface WordParts {
  readonly before: RegExp;
  readonly after: RegExp;
}

/** Whether `word` stands alone anywhere in `text`: no character that is `part` of a longer word touches it there. */
export function hasWord(text: string, word: string, part: RegExp | WordParts): boolean {
  const { before, after } = part instanceof RegExp ? { before: part, after: part } : part;
  for (let at = text.indexOf(word); at >= 0 && word !== ""; at = text.indexOf(word, at + 1)) {
    if (!before.test(text.charAt(at - 1)) && !after.test(text.charAt(at + word.length))) return true;
  }
  return false;
}
