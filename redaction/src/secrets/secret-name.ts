/** Words that make a name the name of a secret. Used in patterns, so without groups that capture. */
export const SECRET_WORDS = [
  "pass(?:word|wd|phrase|code)?",
  "pwd",
  // Plural, it lists references: imagePullSecrets.
  "secret(?!s)",
  "token",
  "credentials?",
  "api[-_]?key",
  "(?:access|account|private|signing|encryption|master|shared)[-_]?key",
  "conn(?:ection)?[-_]?str(?:ing)?",
  "dsn",
].join("|");

const NAME = new RegExp(`^(.*)(${SECRET_WORDS})([A-Za-z0-9_-]{0,40})$`, "i");

/** What may follow the word while the name still names the secret itself. */
const TRAILING = /^(?:s|[-_]?(?:value|base64|b64|hash|string|data|text|key|\d{1,3}))?$/i;
const TRAILING_CONSTANT = /^(?:_[A-Z0-9]{1,24}){1,3}$/;

/** Names *about* a secret: where it is, how long it lives, how it is called. */
const ABOUT =
  /name|ref|file|path|dir|expir|ttl|length|count|type|url|uri|id$|max|min|version|enabled|policy|audience|seconds/i;

/** Names under which even a number is a secret, though a text may be none: `SIGNING_KEY`, `PIN`. */
export function hidesNumbers(name: string): boolean {
  return (
    isSecretName(name) || /(?:^|[_.-])(?:key|pin|salt|auth|secrets)$/i.test(name) || /[a-z](?:Key|Pin|Salt)$/.test(name)
  );
}

export function isSecretSuffix(suffix: string): boolean {
  return TRAILING.test(suffix) || (TRAILING_CONSTANT.test(suffix) && !ABOUT.test(suffix));
}

/** `DB_PASSWORD`, `apiKey`, `x-auth-token`; not `secretName`, `tokenExpirationSeconds` or `bypass`. */
export function isSecretName(name: string): boolean {
  const [, before = "", word = "", suffix = ""] = NAME.exec(name.slice(-160)) ?? [];
  return word !== "" && isWordHere(word, before) && isSecretSuffix(suffix);
}

/** The short words count only where a word begins: `DB_PASS`, `dbPass`; not `bypass`, `compass`. */
export function isWordHere(word: string, before: string): boolean {
  if (!/^(?:pass|pwd|dsn)$/i.test(word)) return true;
  return !/[A-Za-z]$/.test(before) || (/^[A-Z][a-z]/.test(word) && /[a-z]$/.test(before));
}

/** Values that say that there is no secret here: references, templates, literals and the words of an error message. */
const NO_SECRET =
  /^(?:true|false|null|nil|none|undefined|unset|empty|hidden|redacted|\*+|x{3,}|\.{3}|\$\{[^}]{0,200}\}?|\$\([^)]{0,200}\)?|\{\{.*|[{[<(].{0,1}|[{[]{1,4}[\w.-]{0,64}:|<(?:nil|none|unset|unknown|set to the key .*|hidden.*)|not|no|is|are|was|has|must|the|a|an|for|from|in|of|or|and|to|with|required|missing|expired|invalid|incorrect|wrong|unknown|failed|denied|found|rejected|mismatch|cannot|could|authentication|verification|validation|error)$/i;

/** `failed to get token: dial tcp …`: the word after it belongs to an error message, or is an object's name. */
export function isProse(value: string, name: string, separator: string): boolean {
  return (
    /^[ \t]*:[ \t]+$/.test(separator) &&
    /^(?:secret|token|credentials?)$/i.test(name) &&
    /^[a-z]+(?:-[a-z]+)*$/.test(value)
  );
}

/** Whether `value`, standing after a secret's name, is worth hiding. */
export function isSecretValue(value: string, name: string): boolean {
  if (value === "" || NO_SECRET.test(value)) return false;
  if (/^pwd$/i.test(name) && value.startsWith("/")) return false;
  // Counts of model tokens and the like; a password may well be a number, and a token a long one.
  if (/tokens$/i.test(name)) return !/^\d{1,12}$/.test(value);
  return !(/token|secret|credential/i.test(name) && /^\d{1,5}$/.test(value));
}
