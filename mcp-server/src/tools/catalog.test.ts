import { encode } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, it } from "vitest";
import { CATALOG } from "./catalog.ts";
import { listedInput } from "./input-schema.ts";

interface Schema {
  readonly type?: unknown;
  readonly properties?: Record<string, Schema>;
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly additionalProperties?: unknown;
}

function nodes(schema: Schema, path = "$"): [string, Schema][] {
  const children = Object.entries(schema.properties ?? {}).flatMap(([key, child]) => nodes(child, `${path}.${key}`));
  return [[path, schema], ...children, ...(schema.items ? nodes(schema.items, `${path}[]`) : [])];
}

const schemaOf = (name: string) => listedInput(CATALOG.find((tool) => tool.name === name)!) as Schema;

describe.each(CATALOG.map(({ name }) => name))("%s", (name) => {
  const tool = CATALOG.find((each) => each.name === name)!;

  it("has a name, a title and a description that every client takes", () => {
    expect(name).toMatch(/^[a-z][a-z0-9_]{2,39}$/);
    expect(tool.title.length).toBeGreaterThan(3);
    expect(tool.description.length).toBeLessThanOrEqual(400);
    expect(tool.description).toMatch(/^Use /);
  });

  it("has a schema without composition, references, open objects, or unbounded integers", () => {
    const schema = schemaOf(name);
    expect(schema).toMatchObject({ type: "object", additionalProperties: false });
    for (const [path, node] of nodes(schema)) {
      for (const keyword of ["$ref", "anyOf", "oneOf", "allOf", "not", "if"])
        expect(node, `${path} ${keyword}`).not.toHaveProperty(keyword);
      expect(Array.isArray(node.type), `${path} has one type`).toBe(false);
      if (node.type === "array") expect(node.items, path).toBeDefined();
      if (node.type === "integer")
        expect(Math.abs(node.maximum ?? Infinity), path).toBeLessThan(Number.MAX_SAFE_INTEGER);
    }
  });

  it("still refuses what is too long, though the list does not say how long", () => {
    const [property] = Object.entries(schemaOf(name).properties ?? {}).find(([, { type }]) => type === "string") ?? [];
    const parsed = tool.input.safeParse({ [property ?? ""]: "x".repeat(100_000) });
    expect(parsed.error?.issues.map(({ code, path }) => [code, path[0]])).toContainEqual(["too_big", property]);
  });

  it("changes nothing when it says that it only reads", () => {
    if (tool.hints.readOnly) expect(tool.hints.destructive).toBe(false);
    if (tool.role === "read") expect(tool.hints.readOnly).toBe(true);
  });
});

describe("the list", () => {
  it("costs a model no more tokens than it may", () => {
    const tokens = (role?: string) =>
      encode(
        JSON.stringify(
          CATALOG.filter((tool) => role === undefined || tool.role === role).map(({ name, description }) => ({
            name,
            description,
            parameters: schemaOf(name),
          })),
        ),
      ).length;
    expect(tokens("read")).toBeLessThanOrEqual(1_200);
    expect(tokens()).toBeLessThanOrEqual(2_150);
  });
});
