import { z } from "zod";

/** Every string, list and map of the kinds is bounded by one of these, so that CEL stays within its cost limit. */

/** Free text of at most `max` characters. */
export const text = (max: number) => z.string().max(max);

/** A DNS-1123 subdomain: the name of an object. */
export const objectName = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, "must be a DNS-1123 name: lower case letters, digits, '-' and '.'");

/** A DNS-1123 label: the name of a namespace. */
export const namespaceName = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, "must be a DNS-1123 label: lower case letters, digits and '-'");

export const kindName = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[A-Z][A-Za-z0-9]*$/, "must be a kind, such as Deployment");

export const apiVersion = z
  .string()
  .min(1)
  .max(128)
  .regex(/^([a-z0-9.-]+\/)?v[0-9][a-z0-9]*$/, "must be an apiVersion, such as apps/v1");

export const uid = z.string().min(1).max(64);

/** `sha256:` and 64 hex digits. */
export const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, "must be sha256: and 64 hex digits");

/** RFC 3339, as metav1.Time. */
export const time = z.iso.datetime({ offset: true }).max(40);

/** One number and one unit: `45s`, `10m`, `24h`, `7d`. */
export const DURATION = /^[1-9][0-9]{0,4}(s|m|h|d)$/;
export const duration = z.string().max(8).regex(DURATION, "must be a number and a unit, such as 45s, 10m, 24h or 7d");

export const userName = z.string().min(1).max(256);

/** matchLabels alone: what a person can read at a glance. */
export const labelSelector = z.strictObject({
  matchLabels: z.record(z.string().min(1).max(317), z.string().max(63)).meta({ maxProperties: 16, minProperties: 1 }),
});

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of a `duration`. Throws on anything else. */
export function durationMs(value: string): number {
  const [, amount, unit] = /^(\d+)([smhd])$/.exec(value) ?? [];
  if (amount === undefined || unit === undefined) throw new RangeError(`not a duration: ${value}`);
  return Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
}
