import { type JournalEntryOf, reportSchema } from "@sre-agent/crds";
import { z } from "zod";

/** The answer as a model gives it: words and citations only. Everything else of a report is filled by code. */
export const draftSchema = z.strictObject({
  decision: reportSchema.shape.decision.describe(
    "approve: the proposed change is right; deny: nothing should be done; manual: a person has to act.",
  ),
  rationale: reportSchema.shape.rationale.describe("Why, in a few sentences; for manual, what the person should do."),
  rootCause: z.string().max(1000).nullable().describe("The one cause, or null when it is unknown or nothing is wrong."),
  claims: reportSchema.shape.claims.describe("Each statement with the ids of the evidence it rests on."),
  gaps: reportSchema.shape.gaps.describe("What you could not determine."),
});
export type Draft = z.infer<typeof draftSchema>;

/** The draft that a turn carries, or undefined when it carries none of the right form. */
export function draftOf(turn: JournalEntryOf<"turn"> | undefined): Draft | undefined {
  const parsed = draftSchema.safeParse(turn?.report);
  return parsed.success ? parsed.data : undefined;
}
