import type { Pseudonym } from "./pseudonyms.ts";
import { findEncoded } from "./secrets/encoded.ts";
import { findFormats } from "./secrets/formats.ts";
import type { SecretMatch } from "./secrets/match.ts";
import { findMembers } from "./secrets/members.ts";
import { findPem } from "./secrets/pem.ts";
import { findRandomTokens } from "./secrets/random-token.ts";

export interface RedactOptions {
  readonly pseudonym: Pseudonym;
}

export interface Redacted {
  readonly text: string;
  /** How many secrets were replaced, by kind. */
  readonly hits: Readonly<Record<string, number>>;
}

const PLACEHOLDER = /(<redacted:[a-z0-9-]{1,24}:[0-9a-f]{4,16}>)/;

/** What replaces a secret: `<redacted:jwt:9f3a1c2b>`. */
export function placeholder(kind: string, value: string, { pseudonym }: RedactOptions): string {
  return `<redacted:${kind}:${pseudonym(kind, value)}>`;
}

function detectPlain(text: string): SecretMatch[] {
  return [...findPem(text), ...findFormats(text), ...findMembers(text)];
}

function detect(text: string): SecretMatch[] {
  return [...detectPlain(text), ...findEncoded(text, detectPlain), ...findRandomTokens(text)];
}

/** Overlapping matches become one: what any detector takes for a secret is hidden whole. */
function merge(matches: readonly SecretMatch[]): SecretMatch[] {
  const merged: SecretMatch[] = [];
  for (const match of matches.toSorted((left, right) => left.start - right.start || right.end - left.end)) {
    const last = merged.at(-1);
    if (last === undefined || match.start >= last.end) merged.push(match);
    else if (match.end > last.end) merged[merged.length - 1] = { ...last, end: match.end };
  }
  return merged;
}

const MAX_ROUNDS = 8;

/** Writes redacted text and counts; one for each call of `redact`. */
interface Output {
  readonly parts: string[];
  readonly hits: Record<string, number>;
  /** Short texts found clean: logs repeat, and what lies between two secrets most of all. */
  readonly clean: Set<string>;
}

const MAX_REMEMBERED = 256;

function findNew(text: string, output: Output): SecretMatch[] {
  if (output.clean.has(text)) return [];
  const matches = merge(detect(text));
  if (matches.length === 0 && text.length <= MAX_REMEMBERED) output.clean.add(text);
  return matches;
}

function remembering(pseudonym: Pseudonym): Pseudonym {
  const tags = new Map<string, string>();
  return (kind, value) => {
    const key = `${kind}:${value}`;
    const tag = tags.get(key) ?? pseudonym(kind, value);
    tags.set(key, tag);
    return tag;
  };
}

/**
 * Redacts a text without placeholders. What lies between two secrets is looked at again on its own, because a later
 * call sees it like that: so redacting twice changes nothing.
 */
function redactPart(text: string, context: { options: RedactOptions; output: Output; round: number }): void {
  const { options, output, round } = context;
  const matches = round < MAX_ROUNDS ? findNew(text, output) : [];
  if (matches.length === 0) {
    output.parts.push(text);
    return;
  }
  let position = 0;
  for (const { kind, start, end } of matches) {
    redactPart(text.slice(position, start), { options, output, round: round + 1 });
    output.parts.push(placeholder(kind, text.slice(start, end), options));
    output.hits[kind] = (output.hits[kind] ?? 0) + 1;
    position = end;
  }
  redactPart(text.slice(position), { options, output, round: round + 1 });
}

/**
 * Replaces what looks like a credential by a placeholder that is the same for the same secret. Best effort over free
 * text: structure (`redactObject`) comes first. Idempotent, linear in the text. Give it normalised text, because an
 * invisible character inside a token hides it from every pattern.
 */
export function redact(text: string, options: RedactOptions): Redacted {
  const output: Output = { parts: [], hits: {}, clean: new Set() };
  const remembered = { pseudonym: remembering(options.pseudonym) };
  for (const part of text.split(PLACEHOLDER)) {
    if (PLACEHOLDER.test(part)) output.parts.push(part);
    else redactPart(part, { options: remembered, output, round: 0 });
  }
  return { text: output.parts.join(""), hits: output.hits };
}
