import type { Cause } from "../api-error.ts";

/** What of a zod issue is used. */
export interface Issue {
  readonly code?: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly expected?: string;
  readonly origin?: string;
  readonly maximum?: number | bigint;
  readonly minimum?: number | bigint;
  readonly values?: readonly unknown[];
}

/** A zod issue in the words of the API server's schema validation. */
export function toCause(issue: Issue, value: unknown): Cause {
  const field = fieldOf(issue.path);
  const [reason, message] = reasonAndMessage(issue, value, field);
  return { reason, message, field };
}

function fieldOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");
}

type Words = readonly [reason: string, message: string];

function reasonAndMessage(issue: Issue, value: unknown, field: string): Words {
  if (value === undefined) return ["FieldValueRequired", "Required value"];
  if (issue.code === "invalid_type") return wrongType(issue, value, field);
  if (issue.code === "invalid_value") return notSupported(issue, value);
  if (issue.code === "too_big") return tooBig(issue, value, field);
  if (issue.code === "too_small") return tooSmall(issue, value, field);
  return ["FieldValueInvalid", `Invalid value: ${JSON.stringify(value)}: ${issue.message}`];
}

function wrongType(issue: Issue, value: unknown, field: string): Words {
  const type = JSON.stringify(typeOf(value));
  const message = `Invalid value: ${type}: ${field} in body must be of type ${issue.expected}: ${type}`;
  return ["FieldValueTypeInvalid", message];
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function notSupported({ values }: Issue, value: unknown): Words {
  const supported = (values ?? []).map((each) => JSON.stringify(each)).join(", ");
  return ["FieldValueNotSupported", `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported}`];
}

function tooBig({ origin, maximum }: Issue, value: unknown, field: string): Words {
  if (origin === "string") return ["FieldValueTooLong", `Too long: may not be more than ${maximum} bytes`];
  if (Array.isArray(value))
    return ["FieldValueTooMany", `Too many: ${value.length}: must have at most ${maximum} items`];
  const bound = `${field} in body should be less than or equal to ${maximum}`;
  return ["FieldValueInvalid", `Invalid value: ${JSON.stringify(value)}: ${bound}`];
}

function tooSmall({ origin, minimum }: Issue, value: unknown, field: string): Words {
  const shown = JSON.stringify(value);
  if (origin === "string") {
    return ["FieldValueInvalid", `Invalid value: ${shown}: ${field} in body should be at least ${minimum} chars long`];
  }
  if (Array.isArray(value)) {
    return [
      "FieldValueInvalid",
      `Invalid value: ${value.length}: ${field} in body should have at least ${minimum} items`,
    ];
  }
  const bound = `${field} in body should be greater than or equal to ${minimum}`;
  return ["FieldValueInvalid", `Invalid value: ${shown}: ${bound}`];
}
