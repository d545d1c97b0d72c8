import { z } from "zod";
import { DECISIONS } from "../lifecycle/decision.ts";
import { objectName } from "../schema/bounds.ts";
import { usageSchema } from "./budget.ts";
import { findingSchema } from "./finding.ts";

/** A sentence with the evidence it rests on. Code drops a claim whose evidence was not received in this run. */
const claimSchema = z.strictObject({
  text: z.string().min(1).max(1000),
  evidence: z.array(z.string().max(80)).max(20),
});
export type Claim = z.infer<typeof claimSchema>;

const remediationRefSchema = z.strictObject({
  name: objectName,
  digest: z.string().max(80),
  summary: z.string().max(500).optional(),
});
export type RemediationRef = z.infer<typeof remediationRefSchema>;

/** The agent's answer: what is right, why, and by which evidence. */
export const reportSchema = z.strictObject({
  decision: z.enum(DECISIONS),
  rationale: z.string().max(4096),
  /** Parameters of the action, as recorded. */
  params: z.record(z.string(), z.unknown()).optional(),
  /** The SreAction that allows it. */
  actionRef: z.string().max(253).optional(),
  remediationRef: remediationRefSchema.optional(),
  rootCause: z.string().max(1000).optional(),
  findings: z.array(findingSchema).max(10),
  claims: z.array(claimSchema).max(20),
  /** What could not be determined, or what was dropped and why. */
  gaps: z.array(z.string().max(500)).max(20),
  /** Computed from the evidence by code, never the model's word. */
  confidence: z.enum(["high", "medium", "low"]),
  usage: usageSchema,
});
export type Report = z.infer<typeof reportSchema>;
