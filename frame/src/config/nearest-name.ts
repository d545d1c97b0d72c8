/** Levenshtein distance between two names; both are short (variable names). */
function distance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const substitution = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      const insertion = (current[column - 1] ?? 0) + 1;
      const deletion = (previous[column] ?? 0) + 1;
      current.push(Math.min(substitution, insertion, deletion));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}

/** The legal name most like `name`, or undefined when there is none to offer. */
export function nearestName(name: string, legal: readonly string[]): string | undefined {
  let best: { name: string; distance: number } | undefined;
  for (const candidate of legal) {
    const found = distance(name.slice(0, 128), candidate);
    if (best === undefined || found < best.distance) best = { name: candidate, distance: found };
  }
  return best?.name;
}
