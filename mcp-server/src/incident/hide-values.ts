import type { PodLog, SnapshotObject } from "@sre-agent/diagnosis";
import { normalise, type Pseudonym, redact, redactObject } from "@sre-agent/redaction";

/** Objects and logs as they may leave the process. */
export interface Hidden {
  readonly objects: readonly SnapshotObject[];
  readonly logs: readonly PodLog[];
}

type Json = Readonly<Record<string, unknown>>;
type Token = (value: string) => string;

const HIDDEN_VALUE = /^<hidden/;
/** Shorter values are in every other word of a log. */
const MIN_LITERAL = 4;

/**
 * Takes out what redaction takes out of any reply, with one difference: a value that is hidden becomes a token that is
 * equal where the values were, since a diagnosis compares them. Where a log, an event or a status repeats a literal env
 * value, the same token stands. Of a Secret only the names of its keys are left.
 */
export function hideValues({ objects, logs }: Hidden, pseudonym: Pseudonym): Hidden {
  const token: Token = (value) => `<hidden:${pseudonym("value", value)}>`;
  const literals = literalsOf(objects, token);
  const words = (text: string) => withoutLiterals(text, literals);
  return {
    objects: objects.map((object) => hidden(object, { token, words, pseudonym })),
    logs: logs.map((log) => ({ ...log, text: redact(words(normalise(log.text)), { pseudonym }).text })),
  };
}

interface Hiding {
  readonly token: Token;
  readonly words: (text: string) => string;
  readonly pseudonym: Pseudonym;
}

function hidden(object: SnapshotObject, { token, words, pseudonym }: Hiding): SnapshotObject {
  const spoken = withoutSpokenLiterals(emptied(object), words);
  const redacted = withTokens(spoken, redactObject(spoken, { pseudonym }), token) as SnapshotObject;
  const { managedFields } = object.metadata;
  return managedFields === undefined ? redacted : withManagers(redacted, managedFields);
}

/** A Secret keeps its keys, whatever the reader left in it. */
function emptied(object: SnapshotObject): SnapshotObject {
  if (object.kind !== "Secret") return object;
  const keys = (value: unknown) =>
    Object.fromEntries(Object.keys(isRecord(value) ? value : {}).map((key) => [key, ""]));
  const values = ["data", "stringData"].filter((member) => object[member] !== undefined);
  return { ...object, ...Object.fromEntries(values.map((member) => [member, keys(object[member])])) };
}

/** Who wrote which part of the object last: names of fields alone, since the reader keeps nothing else. */
function withManagers(object: SnapshotObject, managedFields: unknown): SnapshotObject {
  const entries = Array.isArray(managedFields) ? managedFields.filter(isRecord) : [];
  return { ...object, metadata: { ...object.metadata, managedFields: entries } };
}

/** The redacted value; where it says only `<hidden: 6 chars>`, the token of what was there. */
function withTokens(original: unknown, redacted: unknown, token: Token): unknown {
  if (typeof redacted === "string") return tokenFor(original, redacted, token);
  if (Array.isArray(redacted)) {
    const items: readonly unknown[] = Array.isArray(original) ? original : [];
    return redacted.map((item: unknown, index) => withTokens(items[index], item, token));
  }
  if (!isRecord(redacted)) return redacted;
  const members = isRecord(original) ? original : {};
  return Object.fromEntries(
    Object.entries(redacted).map(([key, value]) => [key, withTokens(members[key], value, token)]),
  );
}

function tokenFor(original: unknown, redacted: string, token: Token): string {
  if (original === "") return "";
  return typeof original === "string" && HIDDEN_VALUE.test(redacted) && original !== redacted
    ? token(original)
    : redacted;
}

/** What is said in words about a container may quote its environment. */
const SPOKEN = new Set(["message", "note"]);

function withoutSpokenLiterals<Value>(value: Value, words: Hiding["words"]): Value {
  const walk = (item: unknown, name: string): unknown => {
    if (typeof item === "string") return SPOKEN.has(name) ? words(item) : item;
    if (Array.isArray(item)) return item.map((each) => walk(each, name));
    if (!isRecord(item)) return item;
    return Object.fromEntries(Object.entries(item).map(([key, member]) => [key, walk(member, key)]));
  };
  return walk(value, "") as Value;
}

/** Literal env values that are not shown, and what stands for each: the whole value, the password of a URL, each line. */
function literalsOf(objects: readonly SnapshotObject[], token: Token): ReadonlyMap<string, string> {
  const names = new Set(objects.flatMap(({ metadata }) => [metadata.name, metadata.namespace ?? ""]));
  const parts = objects.flatMap(environmentsOf).flatMap((value) => {
    const password = /\/\/[^/@\s:]*:([^/@\s]+)@/.exec(value)?.[1] ?? "";
    return [value, password, ...value.split("\n")].map((part) => [part, token(value)] as const);
  });
  const long = parts.filter(([part]) => part.length >= MIN_LITERAL && !names.has(part));
  // A value that contains another one goes first, or its rest would stay.
  return new Map(long.sort(([a], [b]) => b.length - a.length || (a < b ? -1 : 1)));
}

function withoutLiterals(text: string, literals: ReadonlyMap<string, string>): string {
  let result = text;
  for (const [value, token] of literals) if (result.includes(value)) result = result.split(value).join(token);
  return result;
}

/** The values in lists called `env` that redaction hides. */
function environmentsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(environmentsOf);
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    name === "env" && Array.isArray(member) ? member.flatMap(hiddenLiteral) : environmentsOf(member),
  );
}

function hiddenLiteral(entry: unknown): readonly string[] {
  if (!isRecord(entry) || typeof entry["value"] !== "string") return [];
  const { env } = redactObject({ env: [entry] }, { pseudonym: () => "0000" }) as { readonly env: readonly Json[] };
  return env[0]?.["value"] === entry["value"] ? [] : [entry["value"]];
}

function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
