/** A credential that exists nowhere else, and where it was planted. */
export interface Canary {
  readonly place: string;
  /** The whole credential, as it stands there. */
  readonly secret: string;
  /** Eight characters of it that nothing else contains. */
  readonly core: string;
}

const SYLLABLES = ["bav", "dek", "fim", "gop", "hul", "jar", "kes", "lin", "mup", "nog", "pif", "rud"];

/** `zobavdek`, `zobavfim`: reads like a word, so that no entropy gives it away. */
export function coreOf(number: number): string {
  const [high, low] = [Math.floor(number / SYLLABLES.length), number % SYLLABLES.length];
  return `zo${SYLLABLES.at(high % SYLLABLES.length)}${SYLLABLES.at(low)}`;
}

/** The canaries that stand in a text, in any of the forms that a program may write them in. */
export function canariesIn(text: string, canaries: readonly Canary[]): readonly string[] {
  return canaries.filter((canary) => formsOf(canary).some((form) => text.includes(form))).map(({ place }) => place);
}

function formsOf({ secret, core }: Canary): readonly string[] {
  const base64 = Buffer.from(secret).toString("base64");
  return [
    core,
    secret,
    JSON.stringify(secret).slice(1, -1),
    JSON.stringify(JSON.stringify(secret)).slice(3, -3),
    encodeURIComponent(secret),
    base64.replace(/=+$/, ""),
    Buffer.from(secret).toString("base64url"),
    encodeURIComponent(base64),
    ...insideBase64(core),
  ];
}

/** What of the core stays in the base64 of any text around it, at each of the three offsets. */
function insideBase64(core: string): readonly string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.from(`${" ".repeat(offset)}${core}`)
      .toString("base64")
      .replace(/=+$/, "");
    const whole = Math.floor(((core.length + offset) * 8) / 6);
    return encoded.slice(Math.ceil((offset * 8) / 6), whole);
  });
}
