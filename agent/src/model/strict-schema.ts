type Schema = Readonly<Record<string, unknown>>;

/** A JSON Schema as it is sent to a provider. */
export interface WireSchema {
  readonly schema: Schema;
  /** True: within the subset that providers can hold a model to. */
  readonly strict: boolean;
}

const MAX_PROPERTIES = 100;
const MAX_LEVELS = 5;
/** Keywords with a meaning that the subset can express, or that cannot narrow what is valid. */
const KEPT = ["type", "enum", "const", "description"] as const;
/** Bounds that are lost on the wire: whoever validates the arguments has the full schema. */
const DROPPED = new Set(
  (
    "$schema title default examples format pattern minLength maxLength minimum maximum exclusiveMinimum " +
    "exclusiveMaximum multipleOf minItems maxItems uniqueItems minProperties maxProperties readOnly writeOnly"
  ).split(" "),
);
const STRUCTURE = new Set(["properties", "required", "additionalProperties", "items", "anyOf", "oneOf"]);

class Unfit extends Error {}

/**
 * Compiles to the strict subset: every property required, an optional one nullable, nothing additional, no bounds.
 * What does not fit is sent as it is, with `strict: false`.
 */
export function strictSchema(schema: Schema): WireSchema {
  const size = { properties: 0 };
  try {
    if (schema["type"] !== "object") throw new Unfit("the root is no object");
    return { schema: compile(schema, 1, size), strict: true };
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    const { $schema: _, ...sent } = schema;
    return { schema: sent, strict: false };
  }
}

/** Takes out the nulls that stand for absent optional members; servers know nothing of them. */
export function withoutNulls(value: unknown, schema: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item, memberOf(schema, "items")));
  if (!isObject(value)) return value;
  const properties = memberOf(schema, "properties");
  const members = Object.entries(value).flatMap(([name, member]) => {
    const known = memberOf(properties, name);
    if (member === null && !allowsNull(known)) return [];
    return [[name, withoutNulls(member, known)] as const];
  });
  return Object.fromEntries(members);
}

interface Size {
  properties: number;
}

function compile(schema: unknown, level: number, size: Size): Schema {
  if (!isObject(schema)) throw new Unfit("a schema that is no object");
  if (level > MAX_LEVELS) throw new Unfit("too deep");
  const unknown = Object.keys(schema).find((key) => !isKnown(key));
  if (unknown !== undefined) throw new Unfit(unknown);
  const kept = Object.fromEntries(KEPT.flatMap((key) => (key in schema ? [[key, schema[key]]] : [])));
  const choices = choicesOf(schema, level);
  if (choices !== undefined) return { ...kept, anyOf: choices.map((choice) => compile(choice, level, size)) };
  if (schema["type"] === "object") return { ...kept, ...compileObject(schema, level, size) };
  if (schema["type"] === "array") return { ...kept, items: compile(schema["items"], level + 1, size) };
  if (!("type" in schema || "enum" in schema || "const" in schema)) throw new Unfit("a schema for anything");
  return kept;
}

/** Neither the root may be a choice, nor can one stand beside members, which would be lost. */
function choicesOf(schema: Schema, level: number): readonly unknown[] | undefined {
  const choices = schema["anyOf"] ?? schema["oneOf"];
  if (!Array.isArray(choices)) return undefined;
  if (level === 1 || "properties" in schema || "items" in schema) throw new Unfit("choices beside members");
  return choices;
}

function compileObject(schema: Schema, level: number, size: Size): Schema {
  const { properties, required, additionalProperties = false } = schema;
  // A map with free keys cannot be expressed.
  if (additionalProperties !== false || !isObject(properties)) throw new Unfit("additionalProperties");
  const names = Object.keys(properties);
  size.properties += names.length;
  if (size.properties > MAX_PROPERTIES) throw new Unfit("too many properties");
  const needed = Array.isArray(required) ? required : [];
  const compiled = names.map((name) => {
    const member = compile(properties[name], level + 1, size);
    return [name, needed.includes(name) ? member : nullable(member)] as const;
  });
  return { properties: Object.fromEntries(compiled), required: names, additionalProperties: false };
}

/** Not by a list of types: chat templates of some local models take a type for a name and fail on one. */
function nullable(schema: Schema): Schema {
  if (allowsNull(schema)) return schema;
  const { description, ...rest } = schema;
  return { ...(description === undefined ? {} : { description }), anyOf: [rest, { type: "null" }] };
}

function allowsNull(schema: unknown): boolean {
  if (!isObject(schema)) return false;
  const { type, anyOf } = schema;
  if (Array.isArray(anyOf)) return anyOf.some(allowsNull);
  return type === "null" || (Array.isArray(type) && type.includes("null"));
}

const isKnown = (key: string) => DROPPED.has(key) || STRUCTURE.has(key) || KEPT.some((kept) => kept === key);

function memberOf(schema: unknown, name: string): unknown {
  return isObject(schema) && Object.hasOwn(schema, name) ? schema[name] : undefined;
}

function isObject(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
