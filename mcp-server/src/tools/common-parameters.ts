import { z } from "zod";

/** Arguments and hints that several tools share, so that one word means the same everywhere. */

export const READ = { readOnly: true, destructive: false, idempotent: true, openWorld: false } as const;
export const PROPOSE = { readOnly: false, destructive: false, idempotent: true, openWorld: false } as const;
export const EXECUTE = { readOnly: false, destructive: true, idempotent: true, openWorld: false } as const;

export const namespace = z.string().min(1).max(63).describe("Default: the current one.").optional();
export const name = z.string().min(1).max(253);
export const kind = z.string().min(1).max(63);
export const selector = z.string().max(512).describe("For example app=web,tier!=db.").optional();
export const grep = z.string().min(1).max(128).describe("Only lines with this text.").optional();
export const since = z
  .string()
  .max(6)
  .regex(/^[1-9]\d{0,4}(s|m|h)$/)
  .describe("For example 15m.")
  .optional();
export const cursor = z.string().max(2048).describe("From the reply before.").optional();
