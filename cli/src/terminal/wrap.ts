/** Prose in lines of at most `width` characters, broken at blanks; the lines after the first begin with `indent`. */
export function wrap(text: string, width: number, indent = ""): string {
  if (text.length <= width) return text;
  const lead = text.length - text.trimStart().length;
  const [first = "", ...words] = text.slice(lead).split(" ");
  const lines: string[] = [];
  let line = text.slice(0, lead) + first;
  for (const word of words) {
    const longer = `${line} ${word}`;
    const fits = longer.length <= width;
    if (!fits) lines.push(line);
    line = fits ? longer : `${indent}${word}`;
  }
  return [...lines, line].join("\n");
}
