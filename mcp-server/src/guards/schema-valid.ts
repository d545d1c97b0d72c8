import { actionSchema, deny, writeOf } from "@sre-agent/crds";
import type { Guard } from "./guard.ts";

/** The action is in the closed grammar, within its bounds, and exists for this kind of target. */
export const schemaValid: Guard = (action) => {
  const parsed = actionSchema.safeParse(action);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return deny("SCHEMA_INVALID", `${issue?.path.join(".") ?? "action"}: ${issue?.message ?? "not in the grammar"}`);
  }
  const { type, target } = parsed.data;
  return writeOf(type, target.kind) ? null : deny("SCHEMA_INVALID", `${type} does not exist for a ${target.kind}.`);
};
