import { findPrefixed, type PrefixedPattern, type SecretMatch } from "./match.ts";
import { isProse, isSecretSuffix, isSecretValue, isWordHere, SECRET_WORDS } from "./secret-name.ts";

/** Opening quote, plain or escaped inside a JSON string. */
const QUOTE = `\\\\{0,3}["']`;
/** To the quote that closes it; in a string inside a string that is the next escaped one. */
const QUOTED = [
  `(?<=(?<!\\\\)")(?:[^"\\\\\\n]|\\\\[^\\n]){1,4096}`,
  `(?<=(?<!\\\\)')(?:[^'\\\\\\n]|\\\\[^\\n]){1,4096}`,
  `(?<=\\\\["'])(?:[^"'\\\\\\n]|\\\\(?!\\\\{0,2}["'])[^\\n]){1,4096}`,
].join("|");
const BARE = `[^\\s"'&;\\\\]{1,4096}`;
const ASSIGN = `(?:${QUOTE})?[ \\t]{0,4}(?::=|=>|[:=])[ \\t]{0,4}`;

function memberPattern(separator: string, lead = ""): RegExp {
  return new RegExp(
    `(${lead}(?:${SECRET_WORDS})[A-Za-z0-9_-]{0,40}${separator}(?:${QUOTE})?)(${QUOTED}|${BARE})`,
    "gi",
  );
}

const NAME_IN_MATCH = new RegExp(`(${SECRET_WORDS})([A-Za-z0-9_-]{0,40})`, "i");

function namesSecret(secret: string, before: string): boolean {
  const [, word = "", suffix = ""] = NAME_IN_MATCH.exec(before) ?? [];
  return isSecretSuffix(suffix) && isSecretValue(secret.replace(/[,)\]}]+$/, ""), word + suffix);
}

const MEMBERS: readonly PrefixedPattern[] = [
  // --password hunter2, and the same as two elements of an argument list
  {
    kind: "password",
    pattern: memberPattern(
      `(?:[ \\t]{1,4}|${QUOTE},[ \\t\\n]{0,20}(?=${QUOTE}))`,
      "(?<![A-Za-z0-9-])--[a-z0-9-]{0,40}?",
    ),
    accept: namesSecret,
  },
  // {"name": "DB_PASSWORD", "value": "hunter2"}
  {
    kind: "password",
    pattern: new RegExp(
      `(${QUOTE}name${QUOTE}:[ ]{0,2}${QUOTE}[^"'\\\\]{0,64}?(?:${SECRET_WORDS})[A-Za-z0-9_-]{0,40}${QUOTE},\\s{0,20}${QUOTE}value${QUOTE}:[ ]{0,2}${QUOTE})(${QUOTED})`,
      "gi",
    ),
  },
  {
    kind: "authorization",
    pattern:
      /(authorization\\{0,3}["']?[ \t]{0,4}[:=][ \t]{0,4}\\{0,3}\[?["']?(?:(?:bearer|basic|digest|negotiate|token|apikey)[ \t]{1,4})?)([^\s"'\\,;]{4,4096})/gi,
    accept: (secret, before) => isSecretValue(secret, before),
  },
  // proxy_set_header Authorization "Basic …": the form of web servers' configuration
  {
    kind: "authorization",
    pattern:
      /(authorization[ \t]{1,4}\\{0,3}["'](?:bearer|basic|digest|negotiate|token|apikey)[ \t]{1,4})([^\s"'\\;]{4,4096})/gi,
  },
  {
    kind: "bearer",
    pattern: /((?<![A-Za-z])bearer[ \t]{1,4})([A-Za-z0-9._~+/=-]{8,4096})/gi,
    accept: (secret) => /\d/.test(secret) || secret.length >= 24,
  },
  {
    kind: "cookie",
    pattern: /((?<![A-Za-z])(?:set-)?cookie\\{0,3}["']?[ \t]{0,4}:[ \t]{0,4}\\{0,3}["']?)([^\n"'\\]{4,4096})/gi,
  },
];

/** Flags that take a credential and do not say so. */
const COMMANDS: readonly PrefixedPattern[] = [
  // curl -u app:hunter2, also as two elements of a list; a uid and gid are none
  {
    kind: "password",
    pattern:
      /((?<![\w-])(?:-u|--user|--proxy-user)(?:[ \t]{1,4}|=|["'],[ \t\n]{0,20}(?=["']))["']?(?!system:)[^\s:"'@/]{1,64}:)([^\s"'\\]{1,256})/g,
    accept: (secret) => !/^\d{1,9}$/.test(secret),
  },
  {
    kind: "password",
    pattern: /((?<![\w-])(?:mysql\w{0,10}|mariadb)\b[^\n|;&]{0,200}? -p)([^\s"'\\-][^\s"'\\]{0,255})/g,
  },
  { kind: "password", pattern: /((?<![\w-])redis-cli\b[^\n|;&]{0,200}? (?:-a|--pass) )([^\s"'\\]{1,256})/g },
  { kind: "password", pattern: /((?<![\w-])sshpass -p ?)([^\s"'\\]{1,256})/g },
];

const ASSIGNMENT = new RegExp(`(${SECRET_WORDS})([A-Za-z0-9_-]{0,40})(${ASSIGN})((?:${QUOTE})?)`, "gi");
const VALUE = new RegExp(`${QUOTED}|${BARE}`, "y");

function valueAt(text: string, start: number, quoted: boolean): string {
  VALUE.lastIndex = start;
  const value = VALUE.exec(text)?.[0] ?? "";
  return quoted ? value : value.replace(/[,)\]}]{1,16}$/, "");
}

/** The secret that an assignment gives, or the empty text when it gives none. */
function assignedSecret(text: string, match: RegExpExecArray): string {
  const [head, word = "", suffix = "", separator = "", quote = ""] = match;
  if (!isSecretSuffix(suffix) || !isWordHere(word, text.slice(Math.max(0, match.index - 1), match.index))) return "";
  const value = valueAt(text, match.index + head.length, quote !== "");
  const prose = quote === "" && isProse(value, word, separator);
  return isSecretValue(value, word + suffix) && !prose ? value : "";
}

function findAssigned(text: string): SecretMatch[] {
  const found: SecretMatch[] = [];
  ASSIGNMENT.lastIndex = 0;
  for (let match = ASSIGNMENT.exec(text); match !== null; match = ASSIGNMENT.exec(text)) {
    const secret = assignedSecret(text, match);
    const start = match.index + match[0].length;
    if (secret !== "") found.push({ kind: "password", start, end: start + secret.length });
    // What was refused may hold another name: `tokenPassword=x`, `secretName: password=x`.
    ASSIGNMENT.lastIndex = secret === "" ? match.index + (match[1]?.length ?? 1) : start + secret.length;
  }
  return found;
}

/** Secrets known by the name before them: assignments, JSON members, flags, environment entries and HTTP headers. */
export function findMembers(text: string): SecretMatch[] {
  return [...findAssigned(text), ...[...MEMBERS, ...COMMANDS].flatMap((member) => findPrefixed(text, member))];
}
