import type { z } from "zod";
import { ModelError } from "./model-error.ts";

/** The body in the form that a provider promises. Throws ModelError, with paths and rules only: it may quote the cluster. */
export function readBody<Body>(schema: z.ZodType<Body>, body: unknown): Body {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.slice(0, 3).map(({ path, code }) => `${path.join(".") || "body"} ${code}`);
  throw new ModelError("bad_response", `The model's reply is none: ${faults.join(", ")}.`);
}
