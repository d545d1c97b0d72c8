import type { PodLog, SnapshotObject } from "@sre-agent/diagnosis";
import { normalise, type Pseudonym, redact, redactObject } from "@sre-agent/redaction";
import { standInFor, tokenOf } from "./stand-in.ts";

/** Objects and logs as they may leave the process. */
export interface Hidden {
  readonly objects: readonly SnapshotObject[];
  readonly logs: readonly PodLog[];
}

type Json = Readonly<Record<string, unknown>>;

const HIDDEN_VALUE = /^<hidden/;
/** Shorter values are in every other word of a log. */
const MIN_LITERAL = 4;

/**
 * Takes out what redaction takes out of any reply, with one difference: a value that is hidden becomes a token that is
 * equal where the values were, since a diagnosis compares them, and of an address its host stays. Where a log, an event or a status repeats a literal env
 * value, the same token stands. Of a Secret only the names of its keys are left.
 */
export function hideValues({ objects, logs }: Hidden, pseudonym: Pseudonym): Hidden {
  const literals = literalsOf(objects, pseudonym);
  const words = (text: string) => withoutLiterals(text, literals);
  return {
    objects: objects.map((object) => hidden(object, { words, pseudonym })),
    logs: logs.map((log) => ({ ...log, text: redact(words(normalise(log.text)), { pseudonym }).text })),
  };
}

interface Hiding {
  readonly words: (text: string) => string;
  readonly pseudonym: Pseudonym;
}

function hidden(object: SnapshotObject, { words, pseudonym }: Hiding): SnapshotObject {
  const spoken = withoutSpokenLiterals(emptied(object), words);
  const redacted = withTokens(spoken, redactObject(spoken, { pseudonym }), { pseudonym }) as SnapshotObject;
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

interface Standing {
  readonly pseudonym: Pseudonym;
  /** Of the setting whose value this is. */
  readonly name?: string;
}

/** The redacted value; where it says only `<hidden: 6 chars>`, what stands for the value that was there. */
function withTokens(original: unknown, redacted: unknown, { pseudonym, name = "" }: Standing): unknown {
  if (typeof redacted === "string") return tokenFor(original, redacted, { pseudonym, name });
  if (Array.isArray(redacted)) {
    const items: readonly unknown[] = Array.isArray(original) ? original : [];
    return redacted.map((item: unknown, index) => withTokens(items[index], item, { pseudonym, name }));
  }
  if (!isRecord(redacted)) return redacted;
  const members = isRecord(original) ? original : {};
  return Object.fromEntries(
    Object.entries(redacted).map(([key, value]) => {
      const entry = key === "value" && typeof members["name"] === "string" ? members["name"] : key;
      return [key, withTokens(members[key], value, { pseudonym, name: entry })];
    }),
  );
}

function tokenFor(original: unknown, redacted: string, { pseudonym, name }: Required<Standing>): string {
  if (original === "") return "";
  return typeof original === "string" && HIDDEN_VALUE.test(redacted) && original !== redacted
    ? standInFor(name, original, pseudonym)
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
function literalsOf(objects: readonly SnapshotObject[], pseudonym: Pseudonym): ReadonlyMap<string, string> {
  const names = new Set(objects.flatMap(({ metadata }) => [metadata.name, metadata.namespace ?? ""]));
  const parts = objects.flatMap(environmentsOf).flatMap(({ name, value }) => {
    const password = /\/\/[^/@\s:]*:([^/\s]+)@/.exec(value)?.[1] ?? "";
    const pieces = [password, ...value.split("\n")].map((part) => [part, tokenOf(value, pseudonym)] as const);
    return [...pieces, [value, standInFor(name, value, pseudonym)] as const];
  });
  const long = parts.filter(([part, shown]) => part !== shown && part.length >= MIN_LITERAL && !names.has(part));
  // A value that contains another one goes first, or its rest would stay.
  return new Map(long.sort(([a], [b]) => b.length - a.length || (a < b ? -1 : 1)));
}

function withoutLiterals(text: string, literals: ReadonlyMap<string, string>): string {
  let result = text;
  for (const [value, token] of literals) if (result.includes(value)) result = result.split(value).join(token);
  return result;
}

/** The values in lists called `env` that redaction hides. */
function environmentsOf(value: unknown): readonly Literal[] {
  if (Array.isArray(value)) return value.flatMap(environmentsOf);
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    name === "env" && Array.isArray(member) ? member.flatMap(hiddenLiteral) : environmentsOf(member),
  );
}

interface Literal {
  readonly name: string;
  readonly value: string;
}

function hiddenLiteral(entry: unknown): readonly Literal[] {
  if (!isRecord(entry) || typeof entry["value"] !== "string") return [];
  const literal = { name: String(entry["name"]), value: entry["value"] };
  const { env } = redactObject({ env: [entry] }, { pseudonym: () => "0000" }) as { readonly env: readonly Json[] };
  return env[0]?.["value"] === literal.value ? [] : [literal];
}

function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
