/** What makes a longer word of one: the character before it, and what begins right behind it. */
export interface WordParts {
  readonly before: RegExp;
  readonly after: RegExp;
}

/** Whether `word` stands alone anywhere in `text`: nothing that is `part` of a longer word touches it there. */
export function hasWord(text: string, word: string, part: RegExp | WordParts): boolean {
  const { before, after } = part instanceof RegExp ? { before: part, after: part } : part;
  for (let at = text.indexOf(word); at >= 0 && word !== ""; at = text.indexOf(word, at + 1)) {
    const behind = new RegExp(after, "y");
    behind.lastIndex = at + word.length;
    if (!before.test(text.charAt(at - 1)) && !behind.test(text)) return true;
  }
  return false;
}
