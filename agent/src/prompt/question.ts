import type { DecideRequest } from "@sre-agent/crds";

/** The first message of a run: what is wrong, where, and what the run may do. At most 16,384 characters. */
export function questionOf({ trigger, context, mode, actionRef, actionRefs }: DecideRequest): string {
  const { target, symptom, instructions } = context;
  const allowed = actionRefs ?? (actionRef === undefined ? [] : [actionRef]);
  const parts = [
    "Investigate this and answer with the report.",
    // As JSON, because symptom and target may quote text of the cluster.
    JSON.stringify({ trigger, target, symptom, mode, allowedActions: allowed }, null, 1),
    allowed.length === 0 ? "No action is allowed in this run: report what a person should do." : "",
    instructions === undefined ? "" : `Instructions of the operators of this cluster:\n${instructions}`,
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}
