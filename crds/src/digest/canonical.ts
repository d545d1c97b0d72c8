import { createHash } from "node:crypto";

/**
 * Canonical JSON: object keys sorted by code unit, no white space, members that are undefined left out, so that equal
 * values have equal text wherever they were built. Throws on what JSON cannot hold (functions, NaN, bigint).
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") return finite(value);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(",")}]`;
  if (typeof value === "object") return canonicalObject(value);
  throw new TypeError(`canonical JSON cannot hold a ${typeof value}`);
}

function finite(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`canonical JSON cannot hold ${value}`);
  return JSON.stringify(value);
}

function canonicalObject(value: object): string {
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
  return `{${members.join(",")}}`;
}

/** `sha256:` and the hex digest of the canonical JSON of `value`. */
export function digestOf(value: unknown): string {
  return `sha256:${hexOf(value)}`;
}

/** The first `length` hex digits of the digest: for names. */
export function shortHash(value: unknown, length: number): string {
  return hexOf(value).slice(0, length);
}

function hexOf(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}
