import { describe, expect, it } from "vitest";
import { z } from "zod";
import { KINDS } from "../kinds/registry.ts";
import { durationMs } from "./bounds.ts";
import { customResourceDefinition } from "./kind.ts";
import { type StructuralSchema, structuralSchema } from "./structural.ts";

/** Every node below `schema` with its path. */
function nodes(schema: StructuralSchema, path = "$"): [string, StructuralSchema][] {
  const children = [
    ...Object.entries((schema["properties"] ?? {}) as Record<string, StructuralSchema>).map(
      ([k, v]) => [`${path}.${k}`, v] as const,
    ),
    ...(schema["items"] ? [[`${path}[]`, schema["items"] as StructuralSchema] as const] : []),
    ...(typeof schema["additionalProperties"] === "object"
      ? [[`${path}{}`, schema["additionalProperties"] as StructuralSchema] as const]
      : []),
  ];
  return [[path, schema], ...children.flatMap(([childPath, child]) => nodes(child, childPath))];
}

const everyNode = KINDS.flatMap((kind) => {
  const crd = customResourceDefinition(kind) as {
    spec: { versions: { schema: { openAPIV3Schema: StructuralSchema } }[] };
  };
  return nodes(crd.spec.versions[0]!.schema.openAPIV3Schema, kind.kind);
});

describe("the structural schemas of the kinds", () => {
  it.each(everyNode)("%s is typed and bounded", (path, node) => {
    expect(node["type"] ?? node["x-kubernetes-preserve-unknown-fields"], path).toBeDefined();
    expect(node).not.toHaveProperty("$ref");
    if (node["type"] === "array") expect(node["maxItems"], `${path} needs maxItems`).toBeTypeOf("number");
    if (node["additionalProperties"]) expect(node["maxProperties"], `${path} needs maxProperties`).toBeTypeOf("number");
    const free = node["type"] === "string" && !node["enum"] && !node["pattern"] && !/\.(apiVersion|kind)$/.test(path);
    if (free) expect(node["maxLength"], `${path} needs maxLength`).toBeTypeOf("number");
  });
});

describe("the names of the fields", () => {
  it.each(everyNode)("%s is no boolean to kubectl's YAML 1.1", (path) => {
    expect(path).not.toMatch(/\.(on|off|yes|no|y|n|true|false)(\.|\[|$)/i);
  });
});

describe("structuralSchema", () => {
  it("refuses unions, which Kubernetes could not prune", () => {
    const union = z.union([z.strictObject({ a: z.string() }), z.strictObject({ b: z.string() })]);
    expect(() => structuralSchema(union)).toThrow(/cannot hold/);
  });

  it("keeps a default on its parent so that the API server fills it in", () => {
    const schema = z.strictObject({ verify: z.strictObject({ within: z.string().default("5m") }).prefault({}) });
    expect(structuralSchema(schema)).toMatchObject({
      properties: { verify: { default: {}, properties: { within: { default: "5m" } } } },
    });
  });
});

describe("durations", () => {
  it.each([
    ["45s", 45_000],
    ["10m", 600_000],
    ["24h", 86_400_000],
    ["7d", 604_800_000],
  ] as const)("%s is %d ms", (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });

  it.each(["", "10", "10 m", "1.5h", "-1m", "5w"])("refuses %j", (text) => {
    expect(() => durationMs(text)).toThrow(RangeError);
  });
});
