const MAX_NAMES = 5;

/** Up to five of `names` that a person may have meant by `asked`, nearest first. */
export function nearestNames(asked: string, names: readonly string[]): readonly string[] {
  const wanted = asked.toLowerCase().slice(0, 64);
  const limit = Math.max(2, Math.floor(wanted.length / 3));
  return [...new Set(names)]
    .map((name) => ({ name, distance: distanceTo(wanted, name.toLowerCase(), limit) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance || a.name.localeCompare(b.name))
    .slice(0, MAX_NAMES)
    .map(({ name }) => name);
}

function distanceTo(wanted: string, name: string, limit: number): number {
  if (wanted.length > 2 && (name.includes(wanted) || wanted.includes(name))) return 1;
  // No edit makes up for more letters than the limit: most names are far and cost nothing.
  if (Math.abs(wanted.length - name.length) > limit) return Number.POSITIVE_INFINITY;
  return editDistance(wanted, name);
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1) {
      const substitute = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(substitute, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
