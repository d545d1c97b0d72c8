import { z } from "zod";
import { ACTION_TYPES } from "../actions/action.ts";
import { ACTIONABLE_KINDS } from "../actions/registry.ts";
import { REQUESTABLE_MODES } from "../lifecycle/mode.ts";
import { duration, labelSelector, objectName, text } from "../schema/bounds.ts";
import { AGE, type KindDefinition, validations } from "../schema/kind.ts";
import type { Resource } from "./resource.ts";

const actionTarget = z
  .strictObject({
    kind: z.enum(ACTIONABLE_KINDS),
    names: z.array(objectName).min(1).max(64).optional().describe("Exactly these objects."),
    selector: labelSelector.optional().describe("Objects with these labels."),
  })
  .meta(
    validations({
      rule: "has(self.names) != has(self.selector)",
      message: "give exactly one of names and selector: an entry without either would allow everything",
    }),
  );

const bounds = z
  .strictObject({
    minReplicas: z.number().int().min(1).max(10_000).optional().describe("Scale: never below this."),
    maxReplicas: z.number().int().min(1).max(10_000).optional().describe("Scale: never above this."),
    maxRevisionsBack: z
      .number()
      .int()
      .min(1)
      .max(100)
      .optional()
      .describe("Rollback: how many recorded revisions back at the most."),
  })
  .meta(
    validations({
      rule: "!has(self.minReplicas) || !has(self.maxReplicas) || self.minReplicas <= self.maxReplicas",
      message: "minReplicas must not be above maxReplicas",
    }),
  );

const actionSpec = z
  .strictObject({
    type: z.enum(ACTION_TYPES).describe("What may be done."),
    targets: z.array(actionTarget).min(1).max(16).describe("To which objects of this namespace."),
    bounds: bounds.optional().describe("Limits of the parameters."),
    mode: z.enum(REQUESTABLE_MODES).default("approve").describe("Ceiling for this action."),
    cooldown: duration.default("10m").describe("Rest between two uses on one target."),
    limits: z
      .strictObject({
        perHour: z.number().int().min(1).max(100).default(3),
        perDay: z.number().int().min(1).max(1000).default(10),
      })
      .prefault({})
      .describe("Uses of this SreAction."),
    verify: z
      .strictObject({
        within: duration.default("5m").describe("The target has to be healthy by then."),
        stableFor: duration.default("30s").describe("And to stay healthy this long."),
      })
      .prefault({})
      .describe("What counts as success."),
    description: text(1000).optional(),
  })
  .meta(
    validations({
      rule: "!has(self.bounds) || !has(self.bounds.minReplicas) && !has(self.bounds.maxReplicas) || self.type == 'Scale'",
      message: "minReplicas and maxReplicas belong to type Scale",
    }),
  );

export const ACTION = {
  kind: "SreAction",
  plural: "sreactions",
  singular: "sreaction",
  shortNames: ["sreact"],
  scope: "Namespaced",
  description:
    "An allow-list entry: one type of action, on named targets of this namespace, within bounds. What no SreAction allows is not done.",
  spec: actionSpec,
  columns: [
    { name: "Type", type: "string", jsonPath: ".spec.type" },
    { name: "Mode", type: "string", jsonPath: ".spec.mode" },
    { name: "Targets", type: "string", jsonPath: ".spec.targets[*].kind" },
    { name: "Cooldown", type: "string", jsonPath: ".spec.cooldown", priority: 1 },
    AGE,
  ],
} as const satisfies KindDefinition;

export type ActionSpec = z.infer<typeof actionSpec>;
export type SreAction = Resource<ActionSpec>;
