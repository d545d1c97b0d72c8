const ESCAPE = String.fromCharCode(27);
const BELL = String.fromCharCode(7);

/** Terminal sequences: colours and cursor moves, then titles and links (bounded, so that none swallows a log), then the rest. */
const ANSI = new RegExp(
  [
    `${ESCAPE}\\[[0-?]{0,64}[ -/]{0,8}[@-~]`,
    `${ESCAPE}\\][^${BELL}${ESCAPE}\\n]{0,1024}(?:${BELL}|${ESCAPE}\\\\)`,
    `${ESCAPE}[ -/]{0,8}[0-Z^-~]`,
  ].join("|"),
  "g",
);

/** Controls except newline and tab, and all that is not seen: bidi, zero-width, tag characters, fillers, variation selectors. */
const INVISIBLE = /[[\p{Cc}--[\n\t]]\p{Cf}\p{Default_Ignorable_Code_Point}]/gv;
const LINE_END = /\r\n?|[\u2028\u2029\u0085\v\f]/g;
const MAX_ROUNDS = 4;

function once(text: string): string {
  return text.replace(ANSI, "").replace(LINE_END, "\n").replace(INVISIBLE, "").normalize("NFKC").toWellFormed();
}

/** The text as a person would see it: NFKC, one kind of line end, no control, terminal or invisible characters. Idempotent. */
export function normalise(text: string): string {
  // Removing a character may bring a sequence together that is a sequence only now.
  let current = text;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const next = once(current);
    if (next === current) break;
    current = next;
  }
  return current;
}
