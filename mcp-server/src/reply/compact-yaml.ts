/** A value as YAML for reading: no quotes where none are needed, empty members left out, short lists on one line. */
export function compactYaml(value: unknown): string {
  return lines(value, 0).join("\n");
}

const INLINE_LENGTH = 80;

function lines(value: unknown, depth: number): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => itemLines(item, depth));
  if (typeof value !== "object" || value === null) return [`${indent(depth)}${scalar(value)}`];
  return Object.entries(value).flatMap(([key, member]) => memberLines(key, member, depth));
}

function memberLines(key: string, member: unknown, depth: number): readonly string[] {
  if (isEmpty(member)) return [];
  const inline = inlined(member);
  if (inline !== undefined) return [`${indent(depth)}${key}: ${inline}`];
  return [`${indent(depth)}${key}:`, ...lines(member, depth + (Array.isArray(member) ? 0 : 1))];
}

function itemLines(item: unknown, depth: number): readonly string[] {
  const inline = inlined(item);
  if (inline !== undefined) return [`${indent(depth)}- ${inline}`];
  const [first = "", ...rest] = lines(item, depth + 1);
  return [`${indent(depth)}- ${first.trimStart()}`, ...rest];
}

/** Scalars, and small flat lists and maps. */
function inlined(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return scalar(value);
  const members: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  if (members.some((member) => typeof member === "object" && member !== null)) return undefined;
  const text = Array.isArray(value)
    ? `[${value.map(scalar).join(", ")}]`
    : `{${Object.entries(value)
        .map(([key, member]) => `${key}: ${scalar(member)}`)
        .join(", ")}}`;
  return text.length <= INLINE_LENGTH ? text : undefined;
}

function scalar(value: unknown): string {
  if (typeof value !== "string") return String(value);
  return /[\n:#[\]{}]|^\s|\s$|^$/.test(value) ? JSON.stringify(value) : value;
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

const indent = (depth: number) => "  ".repeat(depth);
