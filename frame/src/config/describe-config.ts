import { z } from "zod";
import { formatDuration } from "./duration.ts";
import { RANGE_KEY, TYPE_KEY } from "./variables.ts";

/** One row of the generated settings table. */
export interface ConfigRow {
  readonly name: string;
  readonly type: string;
  /** The first and the last value allowed; `""` where the type says all. */
  readonly range: string;
  /** As it would be written in the environment; `""` = unset, `"required"` = there is none. */
  readonly default: string;
  readonly description: string;
}

/** From the outermost schema to the innermost: each wrapper may carry a part of what the row says. */
function layers(schema: unknown): z.ZodType[] {
  if (!(schema instanceof z.ZodType)) return [];
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional || schema instanceof z.ZodReadonly) {
    return [schema, ...layers(schema.unwrap())];
  }
  return [schema];
}

function formatDefault(value: unknown, type: string): string {
  if (type === "duration" && typeof value === "number") return formatDuration(value);
  return Array.isArray(value) ? value.join(",") : String(value);
}

function describeVariable(name: string, schema: unknown): ConfigRow {
  const found = layers(schema);
  const meta = (key: string) => found.map((layer) => layer.meta()?.[key]).find((value) => typeof value === "string");
  const type = meta(TYPE_KEY) ?? "text";
  const withDefault = found.find((layer) => layer instanceof z.ZodDefault);
  const unset = found.some((layer) => layer instanceof z.ZodOptional) ? "" : "required";
  return {
    name,
    type,
    range: meta(RANGE_KEY) ?? "",
    default: withDefault === undefined ? unset : formatDefault(withDefault.def.defaultValue, type),
    description: found.map((layer) => layer.description).find((text) => text !== undefined) ?? "",
  };
}

/** The settings of a process in the order of its schema, for the documentation. */
export function describeConfig(schema: z.ZodObject): ConfigRow[] {
  return Object.entries(schema.shape).map(([name, variable]) => describeVariable(name, variable));
}
