import { z } from "zod";
import { storedAction } from "../actions/action.ts";
import { conditionList } from "../lifecycle/condition.ts";
import { denialSchema } from "../lifecycle/denial.ts";
import { REQUESTABLE_MODES } from "../lifecycle/mode.ts";
import { OUTCOME_NAMES } from "../lifecycle/outcome.ts";
import { REMEDIATION_PHASES } from "../lifecycle/remediation-phase.ts";
import { digest, objectName, text, time, uid, userName } from "../schema/bounds.ts";
import { AGE, IMMUTABLE, type KindDefinition, validations } from "../schema/kind.ts";
import type { Resource } from "./resource.ts";

/** Names and hashes, never content: what a person could read in a template stays in the template. */
const facts = (max: number) => z.record(z.string().max(63), z.string().max(256)).meta({ maxProperties: max });

/** The write that an approver has to be allowed to make: equal in SreRemediation and SreApproval. */
export const writeSchema = z.strictObject({
  verb: z.enum(["patch", "create"]),
  group: z.string().max(253),
  resource: z.string().min(1).max(128).describe("Plural; with its subresource as in RBAC, for example pods/eviction."),
  name: objectName,
});
export type Write = z.infer<typeof writeSchema>;

const remediationSpec = z
  .strictObject({
    action: storedAction,
    actionKey: digest.describe("Hash of type, target and parameters."),
    approvalDigest: digest.describe("What an approval is bound to: actionKey, premise, diff, authority, expiresAt."),
    premise: facts(16).describe("What the proposal rests on; a change of any of it makes the proposal stale."),
    summary: text(500),
    diff: text(16_384).describe("What will change, redacted; rendered by code from the dry run."),
    write: writeSchema,
    authority: z
      .strictObject({
        actionRef: z.strictObject({ name: objectName, uid, generation: z.number().int().min(0) }),
        policyRef: z.strictObject({ uid, generation: z.number().int().min(0) }),
        mode: z.enum(REQUESTABLE_MODES).describe("Effective mode when it was proposed."),
      })
      .describe("What allows it, at the generation that was read."),
    dryRun: z
      .strictObject({ clean: z.boolean(), message: text(2048).optional() })
      .describe("A proposal whose dry run is not clean is never executed."),
    expiresAt: time,
    runRef: z
      .strictObject({ name: objectName, uid })
      .optional()
      .describe("The investigation; absent for a person's client."),
    undoes: z
      .strictObject({ name: objectName, uid })
      .optional()
      .describe("The remediation whose change this one takes back."),
    requestKey: text(128).optional().describe("The request of a client without a run."),
    proposer: z.strictObject({
      user: userName,
      ownClient: z
        .boolean()
        .optional()
        .describe(
          "Through that person's own client, under their own credential; then they may approve a small change.",
        ),
    }),
    requester: z.strictObject({ user: userName }).optional(),
    correlationId: text(128),
    reason: text(1000).optional().describe("The proposer's words; no guard reads them."),
    evidence: z.array(z.string().max(80)).max(20).optional(),
  })
  .meta(validations(IMMUTABLE));

const attempt = z.strictObject({
  number: z.number().int().min(1),
  direction: z.enum(["forward", "inverse"]),
  startedAt: time,
  finishedAt: time.optional(),
  result: z.enum(["written", "refused", "unknown"]).optional(),
  message: text(2048).optional(),
});

/** How unwell the target is: 0 is healthy, higher is worse. Read from status and metrics, never from logs. */
const healthSchema = z.strictObject({
  severity: z.number().int().min(0).max(1_000_000),
  ready: z.number().int().min(0),
  desired: z.number().int().min(0),
  message: text(500),
  at: time,
});
export type Health = z.infer<typeof healthSchema>;

const remediationStatus = z.strictObject({
  observedGeneration: z.number().int().min(0).optional(),
  conditions: conditionList.optional(),
  phase: z.enum(REMEDIATION_PHASES).optional(),
  outcome: z.enum(OUTCOME_NAMES).optional(),
  approvalRef: z
    .strictObject({ name: objectName, uid, approver: userName })
    .optional()
    .describe("The approval that was consumed."),
  preImage: facts(16).optional().describe("What stood before the write, by reference."),
  inverse: storedAction.optional().describe("What undoes it."),
  attempts: z.array(attempt).max(8).optional(),
  verification: z
    .strictObject({
      before: healthSchema,
      last: healthSchema.optional(),
      healthySince: time.optional(),
      deadline: time,
    })
    .optional(),
  denial: denialSchema.optional().describe("Why it went no further."),
  message: text(2048).optional(),
  completedAt: time.optional(),
});

export const REMEDIATION = {
  kind: "SreRemediation",
  plural: "sreremediations",
  singular: "sreremediation",
  shortNames: ["srerem"],
  scope: "Namespaced",
  description:
    "The ledger: one proposed change with its diff and digest, and what became of it. Written by the act server alone.",
  spec: remediationSpec,
  status: remediationStatus,
  columns: [
    { name: "Action", type: "string", jsonPath: ".spec.action.type" },
    { name: "Target", type: "string", jsonPath: ".spec.action.target.name" },
    { name: "Phase", type: "string", jsonPath: ".status.phase" },
    { name: "Denial", type: "string", jsonPath: ".status.denial.code" },
    { name: "Mode", type: "string", jsonPath: ".spec.authority.mode" },
    { name: "Approver", type: "string", jsonPath: ".status.approvalRef.approver" },
    { name: "Summary", type: "string", jsonPath: ".spec.summary", priority: 1 },
    { name: "Expires", type: "string", jsonPath: ".spec.expiresAt", priority: 1 },
    { name: "Message", type: "string", jsonPath: ".status.message", priority: 1 },
    AGE,
  ],
} as const satisfies KindDefinition;

export type RemediationSpec = z.infer<typeof remediationSpec>;
export type RemediationStatus = z.infer<typeof remediationStatus>;
export type RemediationAttempt = z.infer<typeof attempt>;
export type SreRemediation = Resource<RemediationSpec, RemediationStatus>;
