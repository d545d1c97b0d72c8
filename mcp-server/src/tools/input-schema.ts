import { z } from "zod";
import type { ToolDescriptor } from "./tool.ts";

/**
 * A tool's input as JSON Schema, as it is listed. Lengths and patterns are left out: no model counts or matches them, each costs tokens in every
 * request, and a call is checked against the whole schema anyway.
 */
export function listedInput({ input }: ToolDescriptor): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(input, {
    io: "input",
    override({ jsonSchema }) {
      delete jsonSchema.minLength;
      delete jsonSchema.maxLength;
      delete jsonSchema.maxItems;
      delete jsonSchema.pattern;
    },
  });
  return schema;
}
