import { z } from "zod";
import { time } from "../schema/bounds.ts";

/** metav1.Condition. */
const conditionSchema = z.strictObject({
  type: z.string().min(1).max(316),
  status: z.enum(["True", "False", "Unknown"]),
  observedGeneration: z.number().int().min(0).optional(),
  lastTransitionTime: time,
  reason: z
    .string()
    .min(1)
    .max(256)
    .regex(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/),
  message: z.string().max(4096),
});
export type Condition = z.infer<typeof conditionSchema>;

export const conditionList = z
  .array(conditionSchema)
  .max(16)
  .meta({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"] });

/** Condition types that sre-agent writes, with what True means. */
export const CONDITIONS = {
  Ready: "The object is accepted and being served.",
  Investigated: "The agent gave its decision.",
  Approved: "A person approved the very change that is on record.",
  Executed: "The remediation reached its outcome.",
  Complete: "The run ended; its reason is the phase.",
  Failed: "The run ended without a report; its message says what to do.",
  Stalled: "No progress until a person acts or a service returns; its message says which.",
} as const;
export type ConditionType = keyof typeof CONDITIONS;

export interface ConditionChange {
  readonly type: ConditionType;
  readonly status: Condition["status"];
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
}

/** `conditions` with `change` applied; lastTransitionTime moves only when the status flips. */
export function withCondition(
  conditions: readonly Condition[],
  change: ConditionChange,
  now: string,
): readonly Condition[] {
  const previous = conditions.find((condition) => condition.type === change.type);
  const lastTransitionTime = previous?.status === change.status ? previous.lastTransitionTime : now;
  const next: Condition = { ...change, message: change.message.slice(0, 4096), lastTransitionTime };
  return previous
    ? conditions.map((condition) => (condition.type === change.type ? next : condition))
    : [...conditions, next];
}

export function findCondition(
  conditions: readonly Condition[] | undefined,
  type: ConditionType,
): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}
