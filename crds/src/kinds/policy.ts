import { z } from "zod";
import { conditionList } from "../lifecycle/condition.ts";
import { MODES } from "../lifecycle/mode.ts";
import { duration, labelSelector, namespaceName, time } from "../schema/bounds.ts";
import { AGE, type KindDefinition, validations } from "../schema/kind.ts";
import { budgetSchema } from "../wire/budget.ts";
import type { Resource } from "./resource.ts";

/** The one name an SrePolicy may have. */
export const POLICY_NAME = "default";

const quotas = z.strictObject({
  perTargetPer10Minutes: z.number().int().min(1).max(100).default(1).describe("Changes of one workload."),
  perNamespacePerHour: z.number().int().min(1).max(1_000).default(3).describe("Changes in one namespace."),
  perNamespacePerDay: z.number().int().min(1).max(10_000).default(10).describe("Changes in one namespace."),
  clusterPer10Minutes: z.number().int().min(1).max(1_000).default(3).describe("Changes over all namespaces."),
  openProposals: z.number().int().min(1).max(100).default(5).describe("Open proposals in a namespace."),
});

const clockTime = z
  .string()
  .max(5)
  .regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, "must be a time of day, such as 09:30");

const maintenanceWindow = z
  .strictObject({
    days: z
      .array(z.enum(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]))
      .min(1)
      .max(7),
    from: clockTime,
    to: clockTime.describe("After `from`; a window over midnight is two windows."),
    timeZone: z
      .string()
      .min(1)
      .max(64)
      .default("UTC")
      .describe("IANA name, such as Europe/Berlin; a window of an unknown one never opens."),
  })
  .meta(
    validations({
      rule: "self.from < self.to",
      message: "to must be after from: a window over midnight is two windows",
    }),
  );

const rule = z
  .strictObject({
    namespaces: z.array(namespaceName).min(1).max(64).optional().describe("By name."),
    namespaceSelector: labelSelector.optional().describe("By the namespace's labels."),
    mode: z.enum(MODES).describe("Ceiling in these namespaces."),
    quotas: quotas.optional().describe("Instead of those for the whole cluster."),
    windows: z
      .array(maintenanceWindow)
      .max(16)
      .optional()
      .describe("Changes only inside one of these; absent: always."),
  })
  .meta(
    validations({
      rule: "has(self.namespaces) != has(self.namespaceSelector)",
      message: "give exactly one of namespaces and namespaceSelector",
    }),
  );

const policySpec = z.strictObject({
  mode: z
    .enum(MODES)
    .describe(
      'Ceiling for the whole cluster; "off" is the kill switch (in quotes: YAML 1.1 reads a bare off as false).',
    ),
  rules: z
    .array(rule)
    .max(64)
    .optional()
    .describe(
      "The first rule that matches a namespace lowers its ceiling; where no rule matches, nothing is changed (observe).",
    ),
  protectedNamespaces: z
    .array(namespaceName)
    .max(256)
    .optional()
    .describe("Never acted in; added to the built-in list."),
  quotas: quotas.prefault({}).describe("How many changes."),
  breaker: z
    .strictObject({
      failures: z.number().int().min(1).max(100).default(2),
      within: duration.default("1h"),
    })
    .prefault({})
    .describe("So many failed or rolled back remediations in a namespace stop the next one."),
  fourEyes: z.boolean().default(true).describe("The requester of an investigation cannot approve its fix."),
  investigations: z
    .strictObject({
      maxConcurrent: z
        .number()
        .int()
        .min(1)
        .max(1_000)
        .default(5)
        .describe("Investigations at once; the others are Queued, and Skipped after an hour."),
      maxPerHour: z.number().int().min(1).max(10_000).default(60).describe("Investigations that start within an hour."),
    })
    .prefault({})
    .describe("How many investigations, over the whole cluster."),
  modelBudget: budgetSchema.optional().describe("Ceiling for each investigation."),
  retention: z
    .strictObject({
      investigations: duration.default("7d").describe("After their end; their SreTranscripts go with them."),
      remediations: duration.default("30d").describe("After their end."),
    })
    .prefault({})
    .describe("How long records are kept."),
});

const policyStatus = z.strictObject({
  observedGeneration: z.number().int().min(0).optional(),
  conditions: conditionList.optional(),
  auditHead: z
    .strictObject({ sequence: z.number().int().min(0), hash: z.string().max(80), at: time })
    .optional()
    .describe("Last record of the act server's audit chain."),
});

export const POLICY = {
  kind: "SrePolicy",
  plural: "srepolicies",
  singular: "srepolicy",
  shortNames: ["srepol"],
  scope: "Cluster",
  description:
    "The administrators' ceiling over everything sre-agent does; the kill switch is mode off. Without it nothing is changed.",
  spec: policySpec,
  status: policyStatus,
  columns: [
    { name: "Mode", type: "string", jsonPath: ".spec.mode" },
    { name: "FourEyes", type: "boolean", jsonPath: ".spec.fourEyes", priority: 1 },
    AGE,
  ],
  rules: [
    {
      rule: `self.metadata.name == '${POLICY_NAME}'`,
      message: `there is one SrePolicy and its name is ${POLICY_NAME}`,
    },
  ],
} as const satisfies KindDefinition;

type PolicySpec = z.infer<typeof policySpec>;
type PolicyStatus = z.infer<typeof policyStatus>;
export type PolicyRule = z.infer<typeof rule>;
export type MaintenanceWindow = z.infer<typeof maintenanceWindow>;
export type SrePolicy = Resource<PolicySpec, PolicyStatus>;
