/** The one of `names` that a person most likely meant by `asked`; undefined when none is near or two are equally near. */
export function nearestName(asked: string, names: readonly string[]): string | undefined {
  const limit = slips(asked);
  const near = [...new Set(names)]
    .filter((name) => name !== asked)
    .map((name) => ({ name, distance: distance(asked.toLowerCase(), name.toLowerCase()) }))
    .filter((one) => one.distance <= limit)
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  const [first, second] = near;
  return first !== undefined && first.distance !== second?.distance ? first.name : undefined;
}

/** Whether two texts differ in case and punctuation alone. */
export function sameWord(a: string, b: string): boolean {
  return letters(a) === letters(b);
}

function letters(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/**
 * Whether `asked` is `name` misspelt, so that nothing else can be meant: each of its words has a letter or two wrong. A
 * word more, another short word or another number (`ledger-replica`, `eu` and `us`, `v1` and `v2`) is another thing.
 */
export function isSlip(asked: string, name: string): boolean {
  if (sameWord(asked, name)) return true;
  const [wrong, right] = [wordsOf(asked), wordsOf(name)];
  if (wrong.length !== right.length)
    return editDistance(letters(asked), letters(name)) === 1 && sameNumbers(asked, name);
  return wrong.every((word, position) => isMisspelt(word, right[position] ?? ""));
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().split(/[^a-z0-9]+/);
}

function isMisspelt(word: string, right: string): boolean {
  const limit = Math.min(2, Math.floor(word.length / 3));
  return sameNumbers(word, right) && editDistance(word, right) <= limit;
}

/** Whether the same numbers stand in both: another one is another version, member or size. */
export function sameNumbers(a: string, b: string): boolean {
  const [one, other] = [a, b].map((text) => text.replace(/\D+/g, " ").trim());
  return one === other;
}

/** How many letters a person may get wrong: with two in three another word is meant, and a long name excuses no more than three. */
function slips(asked: string): number {
  return Math.min(MAX_SLIPS, Math.floor(asked.length / 3));
}

const MAX_SLIPS = 3;

/** A name with something more or less at one end is nearer than its letters say. */
function distance(asked: string, name: string): number {
  const contained = Math.min(asked.length, name.length) > 2 && (name.includes(asked) || asked.includes(name));
  return contained ? 1 : editDistance(asked.slice(0, 64), name.slice(0, 64));
}

/** Levenshtein distance, one row at a time; two letters that changed places are one slip. */
function editDistance(a: string, b: string): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, position) => position);
  for (const i of a.split("").keys()) {
    const next = nextRow({ a, b, i }, row, before);
    before = row;
    row = next;
  }
  return row.at(-1) ?? 0;
}

interface Step {
  readonly a: string;
  readonly b: string;
  /** The letter of `a` that the row is for. */
  readonly i: number;
}

function nextRow({ a, b, i }: Step, row: readonly number[], before: readonly number[]): readonly number[] {
  const next = [i + 1];
  for (const j of b.split("").keys()) {
    const substituted = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
    const crossed = i > 0 && j > 0 && a[i] === b[j - 1] && a[i - 1] === b[j];
    const swapped = crossed ? (before[j - 1] ?? 0) + 1 : substituted;
    next.push(Math.min(substituted, swapped, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
  }
  return next;
}
