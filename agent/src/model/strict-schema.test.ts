import { describe, expect, it } from "vitest";
import { strictSchema, withoutNulls } from "./strict-schema.ts";

const object = (properties: object, required: readonly string[] = []) => ({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  properties,
  required,
  additionalProperties: false,
});

describe("strictSchema", () => {
  it("requires every property, makes optional ones nullable and strips what is not supported", () => {
    const tool = object(
      {
        name: { type: "string", minLength: 1, pattern: "^[a-z]+$", description: "Its name." },
        limit: { type: "integer", minimum: 1, maximum: 9 },
        mode: { type: "string", enum: ["a", "b"] },
        fields: { type: "array", maxItems: 20, items: { type: "string", maxLength: 9 } },
        either: { oneOf: [{ type: "string" }, { type: "number" }] },
      },
      ["name"],
    );
    expect(strictSchema(tool)).toEqual({
      strict: true,
      schema: {
        type: "object",
        properties: {
          name: { type: "string", description: "Its name." },
          limit: { anyOf: [{ type: "integer" }, { type: "null" }] },
          mode: { anyOf: [{ type: "string", enum: ["a", "b"] }, { type: "null" }] },
          fields: { anyOf: [{ type: "array", items: { type: "string" } }, { type: "null" }] },
          either: { anyOf: [{ anyOf: [{ type: "string" }, { type: "number" }] }, { type: "null" }] },
        },
        required: ["name", "limit", "mode", "fields", "either"],
        additionalProperties: false,
      },
    });
  });

  const nested = (levels: number): object => (levels === 0 ? { type: "string" } : object({ in: nested(levels - 1) }));
  it.each([
    ["free keys", { type: "object", additionalProperties: { type: "string" } }],
    ["free keys beside others", { ...object({ a: { type: "string" } }), additionalProperties: true }],
    ["a root with alternatives", { anyOf: [object({})] }],
    ["an object with alternatives at the root", { ...object({ a: { type: "string" } }), anyOf: [{ type: "object" }] }],
    ["alternatives beside members", object({ a: { ...object({}), oneOf: [object({})] } })],
    ["a reference", object({ a: { $ref: "#/$defs/a" } })],
    ["a property of any kind", object({ a: {} })],
    ["six levels", nested(6)],
    [
      "more than 100 properties",
      object(Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`p${n}`, { type: "string" }]))),
    ],
    ["a keyword it does not know", object({ a: { type: "string", not: { const: "x" } } })],
  ])("sends %s as it is, not strict", (_case, schema) => {
    const { $schema: _, ...sent } = schema as Record<string, unknown>;
    expect(strictSchema(schema as Record<string, unknown>)).toEqual({ strict: false, schema: sent });
  });
});

describe("withoutNulls", () => {
  it("removes nulls except where the tool takes them", () => {
    const schema = object({
      a: { type: "string" },
      b: { type: ["string", "null"] },
      c: object({ d: { type: "string" } }),
    });
    expect(withoutNulls({ a: null, b: null, c: { d: null }, e: null }, schema)).toEqual({ b: null, c: {} });
  });
});
