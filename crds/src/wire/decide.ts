import { z } from "zod";
import { REQUESTABLE_MODES } from "../lifecycle/mode.ts";
import { kindName, namespaceName, objectName, text, uid } from "../schema/bounds.ts";
import { budgetSchema } from "./budget.ts";
import { JOURNAL_LIMITS, journalEntrySchema } from "./journal.ts";
import { reportSchema } from "./report.ts";

/** The investigation a call belongs to: attached by agent code to every tool call, never an argument of the model. */
export const runReferenceSchema = z.strictObject({ namespace: namespaceName, name: objectName, uid });
export type RunReference = z.infer<typeof runReferenceSchema>;

const decideTargetSchema = z.strictObject({
  apiVersion: z.string().max(128).optional(),
  kind: kindName,
  namespace: namespaceName,
  /** Absent: the namespace as a whole. */
  name: objectName.optional(),
  uid: uid.optional(),
});

/** Body of `POST /decide`. With `journal` (possibly empty) exactly one durable step is made; without, the whole run. */
export const decideRequestSchema = z.strictObject({
  trigger: text(253).describe("What started the run: the SreTrigger's name, or `manual`."),
  context: z.strictObject({
    target: decideTargetSchema,
    symptom: text(2000),
    instructions: text(4000).optional(),
  }),
  actionRef: objectName.optional(),
  actionRefs: z.array(objectName).max(16).optional(),
  mode: z.enum(REQUESTABLE_MODES),
  correlationId: text(128).min(1),
  run: runReferenceSchema.optional(),
  budget: budgetSchema.optional(),
  journal: z.array(journalEntrySchema).max(JOURNAL_LIMITS.entries).optional(),
});
export type DecideRequest = z.infer<typeof decideRequestSchema>;

/** Answer to a `/decide` with a journal: the entries to store, and whether there is more to do. */
export const decideStepSchema = z.strictObject({
  entries: z.array(journalEntrySchema).max(8),
  continue: z.boolean(),
  /** Present when `continue` is false. */
  report: reportSchema.optional(),
});
export type DecideStep = z.infer<typeof decideStepSchema>;
