import { z } from "zod";
import { digest, objectName, text, uid, userName } from "../schema/bounds.ts";
import { AGE, IMMUTABLE, type KindDefinition, validations } from "../schema/kind.ts";
import { writeSchema } from "./remediation.ts";
import type { Resource } from "./resource.ts";

/** Minutes from creation during which an approval can be consumed. */
export const APPROVAL_LIFETIME_MINUTES = 15;
/** Hours from proposal during which a remediation can be approved. */
export const PROPOSAL_LIFETIME_HOURS = 24;

const approvalSpec = z
  .strictObject({
    remediationRef: z.strictObject({ name: objectName, uid: uid.optional() }),
    digest: digest.describe("spec.approvalDigest of the remediation, as the approver saw it."),
    decision: z.enum(["Approve", "Reject"]),
    approver: userName.describe("Must be the user who creates the object; the API server checks it."),
    groups: z
      .array(userName)
      .max(64)
      .optional()
      .describe(
        "Groups of the approver through which the right comes; the API server checks that the approver is in them.",
      ),
    write: writeSchema.describe(
      "Must equal spec.write of the remediation; the API server checks that the approver may make it.",
    ),
    reason: text(1000).optional(),
  })
  .meta(validations(IMMUTABLE));

export const APPROVAL = {
  kind: "SreApproval",
  plural: "sreapprovals",
  singular: "sreapproval",
  shortNames: ["sreappr"],
  scope: "Namespaced",
  description: "A person's yes or no to one remediation, bound to its digest, made with the person's own credential.",
  spec: approvalSpec,
  columns: [
    { name: "Remediation", type: "string", jsonPath: ".spec.remediationRef.name" },
    { name: "Decision", type: "string", jsonPath: ".spec.decision" },
    { name: "Approver", type: "string", jsonPath: ".spec.approver" },
    { name: "Reason", type: "string", jsonPath: ".spec.reason", priority: 1 },
    AGE,
  ],
} as const satisfies KindDefinition;

type ApprovalSpec = z.infer<typeof approvalSpec>;
export type SreApproval = Resource<ApprovalSpec>;
