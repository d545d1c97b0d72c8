import { z } from "zod";
import { denialSchema } from "../lifecycle/denial.ts";
import { OUTCOME_NAMES } from "../lifecycle/outcome.ts";
import { REMEDIATION_PHASES } from "../lifecycle/remediation-phase.ts";
import { digest, namespaceName, objectName, text } from "../schema/bounds.ts";

/** Body of `POST /execute`: nudges the act server; who may is decided by the approval, not by this call. */
export const executeRequestSchema = z.strictObject({
  remediationRef: z.strictObject({ namespace: namespaceName, name: objectName }),
  digest,
  correlationId: text(128).min(1),
});
export type ExecuteRequest = z.infer<typeof executeRequestSchema>;

/** State of a remediation: answer of `/execute`, of a proposal and of `remediation_get`. */
export const receiptSchema = z.strictObject({
  namespace: namespaceName,
  name: objectName,
  digest,
  phase: z.enum(REMEDIATION_PHASES),
  outcome: z.enum(OUTCOME_NAMES).optional(),
  /** `roll back Deployment/web to revision 1`. */
  summary: z.string().max(500),
  diff: z.string().max(16_384),
  /** The SreAction that allows it. */
  actionRef: z.string().max(253).optional(),
  /** Parameters of the action, as recorded. */
  params: z.record(z.string(), z.unknown()).optional(),
  mode: z.string().max(16),
  expiresAt: z.string().max(40),
  message: z.string().max(2048).optional(),
  denial: denialSchema.optional(),
  /** The exact command with which a person approves, while one is needed. */
  approveCommand: z.string().max(512).optional(),
});
export type Receipt = z.infer<typeof receiptSchema>;
