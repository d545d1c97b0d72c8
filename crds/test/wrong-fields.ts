import { customResourceDefinition, type KindDefinition } from "../src/schema/kind.ts";
import type { StructuralSchema } from "../src/schema/structural.ts";
import { WHOLE_SPECS } from "./whole-objects.ts";

/** One thing that a schema asks of a field, and the spec that breaks it and nothing else. */
export interface WrongField {
  /** `spec.when[0].for: pattern` */
  readonly title: string;
  readonly spec: unknown;
  /** What the API server says. */
  readonly message: RegExp;
}

type Path = readonly (string | number)[];
/** Where a field stands in a whole spec, and what stands there. */
interface Place {
  readonly path: Path;
  readonly value: unknown;
}
/** What breaks a keyword of the schema, and what is said of it; undefined takes the field away. */
type Breaking = (bound: never, value: never, schema: StructuralSchema) => readonly [wrong: unknown, said: string];

const OF_OTHER_TYPE: Readonly<Record<string, unknown>> = {
  string: 7,
  integer: "seven",
  number: "seven",
  boolean: "yes",
  array: "x",
  object: "x",
};

const BREAKINGS: Readonly<Record<string, Breaking>> = {
  type: (type: string, _, { format }) => [
    OF_OTHER_TYPE[type],
    `must be of type ${type === "string" ? (format ?? type) : type}: `,
  ],
  enum: (legal: readonly string[]) => [
    "xyzzy",
    `Unsupported value: "xyzzy": supported values: ${legal.map((each) => `"${each}"`).join(", ")}`,
  ],
  pattern: () => ["?", "should match"],
  minimum: (least: number) => [least - 1, `should be greater than or equal to ${least}`],
  maximum: (most: number) => [most + 1, `should be less than or equal to ${most}`],
  minLength: (least: number) => ["", `should be at least ${least} chars long`],
  maxLength: (most: number) => ["x".repeat(most + 1), "Too long: may not be more than"],
  minItems: (least: number) => [[], `should have at least ${least} items`],
  maxItems: (most: number, value: readonly unknown[]) => [
    Array.from({ length: most + 1 }, () => value[0]),
    `Too many: ${most + 1}: must have at most ${most} items`,
  ],
  minProperties: (least: number) => [{}, `should have at least ${least} properties`],
  maxProperties: (most: number) => [
    Object.fromEntries(Array.from({ length: most + 1 }, (_, at) => [`k${at}`, "v"])),
    `Too many: ${most + 1}: must have at most ${most} items`,
  ],
};

/** Keywords that ask nothing of a value, or that are broken elsewhere. */
const NOT_BROKEN_HERE = new Set([
  ...["description", "default", "properties", "items", "additionalProperties", "required"],
  // Of its width: `type` is what a fraction breaks.
  "format",
  // CEL: WRONG_OBJECTS has an object for each message.
  "x-kubernetes-validations",
]);

/** Every requirement of a kind's spec, each broken by itself. @throws when WHOLE_SPECS lacks a field, or a keyword is new. */
export function wrongFieldsOf(kind: KindDefinition): readonly WrongField[] {
  const whole = { spec: WHOLE_SPECS[kind.kind] };
  return brokenAt(specSchema(kind), [{ path: ["spec"], value: whole.spec }]).map(({ path, wrong, ...told }) => ({
    ...told,
    spec: (replaced(whole, path, wrong) as typeof whole).spec,
  }));
}

/** Messages of the CEL rules of a kind, wherever they stand. */
export function rulesOf(kind: KindDefinition): readonly string[] {
  const found = JSON.stringify(customResourceDefinition(kind)).matchAll(/"message":"([^"]+)"/g);
  return [...new Set([...found].map(([, message = ""]) => message))];
}

function specSchema(kind: KindDefinition): StructuralSchema {
  const { spec } = customResourceDefinition(kind) as {
    readonly spec: {
      readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: StructuralSchema } }[];
    };
  };
  const root = spec.versions[0]?.schema.openAPIV3Schema["properties"] as Readonly<Record<string, StructuralSchema>>;
  return root["spec"] ?? {};
}

interface Broken {
  readonly path: Path;
  readonly wrong: unknown;
  readonly title: string;
  readonly message: RegExp;
}

function brokenAt(schema: StructuralSchema, places: readonly Place[]): readonly Broken[] {
  const place = places.find(({ value }) => value !== undefined);
  if (place === undefined) throw new Error(`WHOLE_SPECS lacks ${fieldOf(places[0]?.path ?? [])}`);
  return [...ownBroken(schema, place), ...missing(schema, place), ...below(schema, places)];
}

function ownBroken(schema: StructuralSchema, { path, value }: Place): readonly Broken[] {
  const keywords = Object.entries(schema).filter(([keyword]) => !NOT_BROKEN_HERE.has(keyword));
  const fraction = broken(path, "whole", [1.5, "must be of type integer: "]);
  const others = keywords.map(([keyword, bound]) => {
    const breaking = BREAKINGS[keyword];
    if (breaking === undefined) throw new Error(`${fieldOf(path)}: nothing breaks ${keyword}`);
    return broken(path, keyword, breaking(bound as never, value as never, schema));
  });
  return schema["type"] === "integer" ? [fraction, ...others] : others;
}

function broken(path: Path, keyword: string, [wrong, said]: readonly [unknown, string]): Broken {
  const field = fieldOf(path);
  return { path, wrong, title: `${field}: ${keyword}`, message: new RegExp(`${escaped(field)}: .*${escaped(said)}`) };
}

function missing(schema: StructuralSchema, { path }: Place): readonly Broken[] {
  const required = (schema["required"] ?? []) as readonly string[];
  return required.map((name) => broken([...path, name], "required", [undefined, "Required value"]));
}

function below(schema: StructuralSchema, places: readonly Place[]): readonly Broken[] {
  const { properties = {}, items, additionalProperties: others } = schema as Readonly<Record<string, StructuralSchema>>;
  const named = Object.entries(properties).flatMap(([name, child]) =>
    brokenAt(
      child as StructuralSchema,
      places.map(({ path, value }) => ({ path: [...path, name], value: (value as Fields | undefined)?.[name] })),
    ),
  );
  const each = items ?? others;
  return typeof each === "object" ? [...named, ...brokenAt(each, places.flatMap(entries))] : named;
}

type Fields = Readonly<Record<string, unknown>>;

/** What stands in a list or a map. */
function entries({ path, value = {} }: Place): readonly Place[] {
  const keys = Array.isArray(value) ? value.map((_, at) => at) : Object.keys(value as object);
  return keys.map((key) => ({ path: [...path, key], value: (value as Fields)[key] }));
}

function fieldOf(path: Path): string {
  return path.map((key, at) => (typeof key === "number" ? `[${key}]` : `${at === 0 ? "" : "."}${key}`)).join("");
}

/** `whole` with `wrong` at `path`. */
function replaced(whole: unknown, [key, ...rest]: Path, wrong: unknown): unknown {
  if (key === undefined) return wrong;
  if (Array.isArray(whole)) return whole.with(Number(key), replaced(whole[Number(key)], rest, wrong));
  return { ...(whole as Fields), [key]: replaced((whole as Fields)[key], rest, wrong) };
}

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
