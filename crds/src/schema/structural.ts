import { z } from "zod";

/** A node of an OpenAPI v3 structural schema. */
export interface StructuralSchema {
  [keyword: string]: unknown;
}

/** Keywords that zod may write and a structural schema may not hold. */
const DROPPED = new Set(["$schema", "$id", "id", "propertyNames", "examples", "uniqueItems", "patternProperties"]);

/**
 * A zod schema as Kubernetes' structural schema: input side (so defaulted fields are optional), everything inlined,
 * unions of literals as enums, closed objects by pruning instead of `additionalProperties: false`.
 * Throws on what Kubernetes could not hold (references, unions of objects).
 */
export function structuralSchema(schema: z.ZodType): StructuralSchema {
  const json = z.toJSONSchema(schema, { target: "openapi-3.0", io: "input", unrepresentable: "any", reused: "inline" });
  return convert(json as StructuralSchema, "$");
}

function convert(node: StructuralSchema, path: string): StructuralSchema {
  refuse(node, path);
  const out: StructuralSchema = {};
  for (const [keyword, value] of Object.entries(node)) {
    if (!DROPPED.has(keyword)) out[keyword] = convertKeyword(keyword, value, path);
  }
  return integerBounds(openOrClosed(out));
}

function refuse(node: StructuralSchema, path: string): void {
  for (const keyword of ["$ref", "oneOf", "anyOf", "allOf", "not"]) {
    if (keyword in node) throw new TypeError(`${path}: a structural schema cannot hold ${keyword}`);
  }
}

function convertKeyword(keyword: string, value: unknown, path: string): unknown {
  if (keyword === "properties") {
    const entries = Object.entries(value as Record<string, StructuralSchema>);
    return Object.fromEntries(entries.map(([name, child]) => [name, convert(child, `${path}.${name}`)]));
  }
  if (keyword === "items") return convert(value as StructuralSchema, `${path}[]`);
  if (keyword === "additionalProperties" && typeof value === "object" && value !== null) {
    return convert(value as StructuralSchema, `${path}{}`);
  }
  return value;
}

function openOrClosed(node: StructuralSchema): StructuralSchema {
  const { additionalProperties, ...rest } = node;
  if (additionalProperties === undefined || additionalProperties === false) return withType(rest);
  if (Object.keys(additionalProperties as object).length <= 1 && !("type" in (additionalProperties as object))) {
    return { ...rest, "x-kubernetes-preserve-unknown-fields": true };
  }
  return node;
}

/** A node without a type holds anything. */
function withType(node: StructuralSchema): StructuralSchema {
  return "type" in node ? node : { ...node, "x-kubernetes-preserve-unknown-fields": true };
}

/** zod writes the safe-integer bounds on every int(): noise in `kubectl explain`. */
function integerBounds(node: StructuralSchema): StructuralSchema {
  if (node["type"] !== "integer") return node;
  const { minimum, maximum, ...rest } = node;
  return {
    ...rest,
    format: "int64",
    ...(minimum === Number.MIN_SAFE_INTEGER || minimum === undefined ? {} : { minimum }),
    ...(maximum === Number.MAX_SAFE_INTEGER || maximum === undefined ? {} : { maximum }),
  };
}
