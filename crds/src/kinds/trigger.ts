import { z } from "zod";
import { conditionList } from "../lifecycle/condition.ts";
import { REQUESTABLE_MODES } from "../lifecycle/mode.ts";
import { apiVersion, duration, kindName, labelSelector, objectName, text, time, uid } from "../schema/bounds.ts";
import { AGE, type KindDefinition, validations } from "../schema/kind.ts";
import { budgetSchema } from "../wire/budget.ts";
import type { Resource } from "./resource.ts";

/** Kinds whose root a trigger can watch. */
export const TRIGGER_KINDS = ["Deployment", "StatefulSet", "DaemonSet"] as const;

const conditionSource = z
  .strictObject({
    // Not `on`: to kubectl's YAML 1.1 an unquoted on is the boolean true.
    of: z
      .enum(["Target", "Pods"])
      .default("Target")
      .describe("Target: the workload's own status.conditions. Pods: its pods' conditions and container states."),
    type: z.string().min(1).max(316).describe("Condition type, for example Available, Progressing or Ready."),
    status: z.enum(["True", "False", "Unknown"]),
    reasons: z
      .array(z.string().min(1).max(128))
      .max(16)
      .optional()
      .describe(
        "Any of these reasons; on Pods also a container's waiting or terminated reason, such as CrashLoopBackOff.",
      ),
  })
  .describe("A condition that holds on the target or on one of its pods.");

const eventSource = z
  .strictObject({
    reasons: z
      .array(z.string().min(1).max(128))
      .min(1)
      .max(16)
      .describe(
        "Reasons of Events about the target, its ReplicaSets or its pods, for example BackOff or FailedCreate.",
      ),
    type: z.enum(["Normal", "Warning"]).default("Warning").describe("Type of the Events."),
    atLeast: z.number().int().min(1).max(1000).default(1).describe("Occurrences in a row before it counts."),
    quiet: duration
      .default("10m")
      .describe(
        "A pause this long ends a row, and with it the incident. Kubernetes may tell a failure that lasts only every 5 minutes: shorter values clear too early.",
      ),
  })
  .describe("Events about the target, its ReplicaSets or its pods: so many in a row, all reasons together.");

const when = z
  .strictObject({
    condition: conditionSource.optional(),
    event: eventSource.optional(),
    for: duration
      .optional()
      .describe(
        "How long it has to hold without a break; absent: at once. Of Events: how long a row has to be, from its first to its last.",
      ),
  })
  .meta(
    validations({ rule: "has(self.condition) != has(self.event)", message: "give exactly one of condition and event" }),
  );

const triggerSpec = z.strictObject({
  target: z
    .strictObject({
      kinds: z.array(z.enum(TRIGGER_KINDS)).min(1).max(3).describe("Kinds of workload to watch in this namespace."),
      selector: labelSelector.optional().describe("Labels of the workloads; absent: all of these kinds."),
    })
    .describe("What is watched."),
  when: z.array(when).min(1).max(16).describe("Any of these starts an investigation."),
  actionRefs: z
    .array(objectName)
    .max(16)
    .optional()
    .describe("SreActions of this namespace that the investigation may propose."),
  mode: z
    .enum(REQUESTABLE_MODES)
    .default("propose")
    .describe("How far its investigations may go; SrePolicy and SreAction can only lower it."),
  cooldown: duration
    .default("10m")
    .describe(
      "Rest after an episode ended before the same root starts another. It doubles with each episode that begins less than 6h after the one before cleared, up to 4h.",
    ),
  budget: budgetSchema.optional().describe("What one investigation may spend."),
  instructions: text(4000).optional().describe("What the agent should know about this workload; read as data."),
  suspend: z.boolean().default(false).describe("Watch nothing, start nothing."),
  historyLimit: z.number().int().min(1).max(500).default(50).describe("Finished investigations kept."),
});

const incident = z.strictObject({
  fingerprint: z.string().max(64).describe("Hash of this trigger's uid and the root owner's uid."),
  target: z.strictObject({ apiVersion, kind: kindName, name: objectName, uid }),
  episode: z
    .number()
    .int()
    .min(1)
    .describe(
      "Rises each time the root falls ill again after it had recovered, and when a proposal that went stale is planned anew.",
    ),
  investigation: objectName.describe(
    "Name of this episode's SreInvestigation; when another trigger had opened one about the same root, that one.",
  ),
  reason: text(256).describe("What was seen first."),
  since: time.describe("Since when it holds."),
  lastSeen: time.describe("When it was last seen to hold."),
  count: z.number().int().min(1).describe("Occurrences of Events, or how often a condition was seen to hold."),
  clearedAt: time.optional().describe("When it was first seen not to hold any more."),
  cooldownUntil: time.optional().describe("The same root starts nothing before."),
  relapsedAt: time
    .optional()
    .describe("When it was first seen to hold again during the cooldown; what still holds at its end is investigated."),
  flaps: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe("Episodes in a row that began soon after the one before; each doubles the rest."),
  eventWatermark: time.optional().describe("Events up to here have been counted."),
});

const triggerStatus = z.strictObject({
  observedGeneration: z.number().int().min(0).optional(),
  conditions: conditionList.optional(),
  incidents: z.array(incident).max(64).optional(),
  active: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe("Incidents that are open: not cleared since their investigation began."),
  cooling: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe("Roots that are unwell right now and wait for the end of their cooldown: see incidents[].cooldownUntil."),
  lastInvestigation: objectName.optional(),
});

export const TRIGGER = {
  kind: "SreTrigger",
  plural: "sretriggers",
  singular: "sretrigger",
  shortNames: ["sretrig"],
  scope: "Namespaced",
  description:
    "When to investigate: which workloads are watched, which condition starts an investigation, and how far it may go.",
  spec: triggerSpec,
  status: triggerStatus,
  columns: [
    { name: "Kinds", type: "string", jsonPath: ".spec.target.kinds" },
    { name: "Mode", type: "string", jsonPath: ".spec.mode" },
    { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: "Active", type: "integer", jsonPath: ".status.active" },
    { name: "Cooling", type: "integer", jsonPath: ".status.cooling" },
    { name: "Last", type: "string", jsonPath: ".status.lastInvestigation" },
    { name: "Suspended", type: "boolean", jsonPath: ".spec.suspend", priority: 1 },
    AGE,
  ],
} as const satisfies KindDefinition;

export type TriggerSpec = z.infer<typeof triggerSpec>;
export type TriggerStatus = z.infer<typeof triggerStatus>;
export type TriggerIncident = z.infer<typeof incident>;
export type TriggerWhen = z.infer<typeof when>;
export type SreTrigger = Resource<TriggerSpec, TriggerStatus>;
