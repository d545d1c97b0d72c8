import { z } from "zod";
import { apiVersion, kindName, namespaceName, objectName, uid } from "../schema/bounds.ts";

/** The closed grammar of what sre-agent can do to a workload: no free text in it reaches the cluster. */
export const ACTION_TYPES = ["Rollback", "Restart", "Scale", "Evict"] as const;
export type ActionType = (typeof ACTION_TYPES)[number];

/** The one object an action changes, by uid: a namesake created later is another target. */
const targetSchema = z.strictObject({
  apiVersion: apiVersion.describe("For example apps/v1."),
  kind: kindName,
  namespace: namespaceName,
  name: objectName,
  uid,
});
export type Target = z.infer<typeof targetSchema>;

export const rollbackParameters = z.strictObject({
  toRevision: z
    .number()
    .int()
    .min(1)
    .describe("The recorded revision to return to: of a ReplicaSet, or of a ControllerRevision."),
});
export const restartParameters = z.strictObject({
  restartedAt: z.iso
    .datetime()
    .max(40)
    .describe("Value of the restartedAt annotation; fixed at proposal so that a retry is the same write."),
});
export const scaleParameters = z.strictObject({
  replicas: z.number().int().min(1).max(10_000).describe("The count to scale to; never zero."),
});
export const evictParameters = z.strictObject({});

export const actionSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("Rollback"), target: targetSchema, parameters: rollbackParameters }),
  z.strictObject({ type: z.literal("Restart"), target: targetSchema, parameters: restartParameters }),
  z.strictObject({ type: z.literal("Scale"), target: targetSchema, parameters: scaleParameters }),
  z.strictObject({ type: z.literal("Evict"), target: targetSchema, parameters: evictParameters }),
]);
export type Action = z.infer<typeof actionSchema>;
export type ActionOf<Type extends ActionType> = Extract<Action, { type: Type }>;

/** How an action is stored in a custom resource: one open object, since a structural schema has no unions. */
export const storedAction = z.strictObject({
  type: z.enum(ACTION_TYPES),
  target: targetSchema,
  parameters: z.strictObject({
    toRevision: z.number().int().min(1).optional(),
    restartedAt: z.string().max(40).optional(),
    replicas: z.number().int().min(1).max(10_000).optional(),
  }),
});

/** The Action that a stored one holds; throws when parameters and type do not fit. */
export function parseAction(stored: unknown): Action {
  return actionSchema.parse(stored);
}

/** `Rollback Deployment/web to revision 1`: the same words everywhere a person reads an action. */
export function describeAction(action: Action): string {
  const subject = `${action.target.kind}/${action.target.name}`;
  switch (action.type) {
    case "Rollback":
      return `roll back ${subject} to revision ${action.parameters.toRevision}`;
    case "Restart":
      return `restart ${subject}`;
    case "Scale":
      return `scale ${subject} to ${action.parameters.replicas}`;
    case "Evict":
      return `evict ${subject}`;
  }
}
