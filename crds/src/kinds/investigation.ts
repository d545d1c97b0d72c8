import { z } from "zod";
import { conditionList } from "../lifecycle/condition.ts";
import { DECISIONS } from "../lifecycle/decision.ts";
import { PHASE_NAMES } from "../lifecycle/investigation-phase.ts";
import { REQUESTABLE_MODES } from "../lifecycle/mode.ts";
import { OUTCOME_NAMES } from "../lifecycle/outcome.ts";
import { REMEDIATION_PHASES } from "../lifecycle/remediation-phase.ts";
import { apiVersion, digest, kindName, objectName, text, time, uid, userName } from "../schema/bounds.ts";
import { AGE, IMMUTABLE, type KindDefinition, validations } from "../schema/kind.ts";
import { budgetSchema, usageSchema } from "../wire/budget.ts";
import { SEVERITIES } from "../wire/finding.ts";
import { transcriptEntrySchema } from "../wire/transcript.ts";
import type { Resource } from "./resource.ts";

const investigationSpec = z
  .strictObject({
    target: z
      .strictObject({
        apiVersion: apiVersion.default("apps/v1"),
        kind: kindName.describe("For example Deployment; Namespace for the namespace as a whole."),
        name: objectName.optional().describe("Absent: all of the namespace."),
        uid: uid.optional().describe("Of the root owner; filled in by a trigger."),
      })
      .describe("What is unwell, in this namespace."),
    symptom: text(2000).min(1).describe("What was seen."),
    triggerRef: z
      .strictObject({ name: objectName, uid, episode: z.number().int().min(1) })
      .optional()
      .describe("The SreTrigger behind it; absent when a person started it."),
    actionRefs: z.array(objectName).max(16).optional().describe("SreActions that may be proposed."),
    mode: z
      .enum(REQUESTABLE_MODES)
      .default("propose")
      .describe("How far it may go; SrePolicy and SreAction can only lower it."),
    budget: budgetSchema.optional().describe("What it may spend; the smallest of trigger, this and SrePolicy wins."),
    instructions: text(4000).optional().describe("What the agent should know about this workload; read as data."),
    requester: z
      .strictObject({ user: userName })
      .optional()
      .describe(
        "On whose behalf reads go beyond this namespace, and who cannot approve the fix; admission lets it name only the user who creates this. Absent: reads stay here.",
      ),
  })
  .meta(validations(IMMUTABLE));

const investigationStatus = z.strictObject({
  observedGeneration: z.number().int().min(0).optional(),
  conditions: conditionList.optional(),
  phase: z.enum(PHASE_NAMES).optional().describe("Computed from the conditions."),
  decision: z.enum(DECISIONS).optional(),
  confidence: z.enum(["high", "medium", "low"]).optional(),
  rootCause: text(1000).optional(),
  rationale: text(4096).optional(),
  findings: z
    .array(
      z.strictObject({
        id: z.string().max(80),
        severity: z.enum(SEVERITIES),
        subject: text(330),
        cause: text(1000),
      }),
    )
    .max(10)
    .optional(),
  claims: z
    .array(z.strictObject({ text: text(1000), evidence: z.array(z.string().max(80)).max(20) }))
    .max(20)
    .optional(),
  gaps: z.array(text(500)).max(20).optional(),
  actionRef: objectName.optional().describe("The SreAction that allows the proposed change."),
  remediationRef: z
    .strictObject({
      name: objectName,
      digest,
      summary: text(500).optional(),
      phase: z.enum(REMEDIATION_PHASES).optional(),
    })
    .optional(),
  outcome: z.enum(OUTCOME_NAMES).optional(),
  usage: usageSchema.optional(),
  startedAt: time.optional(),
  decidedAt: time.optional(),
  completedAt: time.optional(),
  transcript: z
    .array(transcriptEntrySchema)
    .max(20)
    .optional()
    .describe("The last steps; the whole is in the SreTranscripts."),
  transcriptRefs: z
    .array(
      z.strictObject({
        name: objectName,
        hash: digest,
        firstSeq: z.number().int().min(0),
        lastSeq: z.number().int().min(0),
      }),
    )
    .max(64)
    .optional(),
});

export const INVESTIGATION = {
  kind: "SreInvestigation",
  plural: "sreinvestigations",
  singular: "sreinvestigation",
  shortNames: ["sreinv"],
  scope: "Namespaced",
  description: "One investigation: what was seen, what the agent found and decided, and what became of it.",
  spec: investigationSpec,
  status: investigationStatus,
  columns: [
    { name: "Target", type: "string", jsonPath: ".spec.target.name" },
    { name: "Phase", type: "string", jsonPath: ".status.phase" },
    { name: "Decision", type: "string", jsonPath: ".status.decision" },
    { name: "Outcome", type: "string", jsonPath: ".status.outcome" },
    { name: "Stalled", type: "string", jsonPath: '.status.conditions[?(@.type=="Stalled")].reason' },
    { name: "Kind", type: "string", jsonPath: ".spec.target.kind", priority: 1 },
    { name: "Confidence", type: "string", jsonPath: ".status.confidence", priority: 1 },
    { name: "Cause", type: "string", jsonPath: ".status.rootCause", priority: 1 },
    { name: "Remediation", type: "string", jsonPath: ".status.remediationRef.name", priority: 1 },
    {
      ...{ name: "Message", type: "string", priority: 1 },
      jsonPath: '.status.conditions[?(@.type=="Complete")].message',
    },
    AGE,
  ],
} as const satisfies KindDefinition;

export type InvestigationSpec = z.infer<typeof investigationSpec>;
export type InvestigationStatus = z.infer<typeof investigationStatus>;
export type SreInvestigation = Resource<InvestigationSpec, InvestigationStatus>;
