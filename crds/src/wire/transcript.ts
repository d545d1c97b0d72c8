import { z } from "zod";

/** One line of `status.transcript`: a redacted, bounded projection of a journal entry. */
export const transcriptEntrySchema = z.strictObject({
  seq: z.number().int().min(0),
  at: z.string().max(40),
  kind: z.enum(["begun", "thought", "call", "result", "note", "ended"]),
  title: z.string().max(256).describe("One line that can be read alone."),
  text: z.string().max(2048).optional(),
  tool: z.string().max(128).optional(),
  ok: z.boolean().optional(),
  evidence: z.array(z.string().max(80)).max(20).optional(),
  truncated: z.boolean().optional().describe("The text was cut; the whole is in the SreTranscript chunks."),
  bytes: z.number().int().min(0).optional(),
});
export type TranscriptEntry = z.infer<typeof transcriptEntrySchema>;
