import { z } from "zod";

/** What one run may spend; the smallest of trigger, investigation and policy wins. */
export const budgetSchema = z.strictObject({
  steps: z.number().int().min(1).max(200).optional().describe("Turns of the model."),
  toolCalls: z.number().int().min(1).max(1_000).optional().describe("Calls of tools."),
  inputTokens: z.number().int().min(1_000).max(10_000_000).optional().describe("Tokens that the model reads."),
  outputTokens: z.number().int().min(100).max(1_000_000).optional().describe("Tokens that the model writes."),
  seconds: z.number().int().min(1).max(3_600).optional().describe("Time."),
  costMicroUsd: z
    .number()
    .int()
    .min(1)
    .max(1_000_000_000)
    .optional()
    .describe(
      "Money, in millionths of a US dollar. Needs the agent's MODEL_PRICE_INPUT and MODEL_PRICE_OUTPUT: without prices no model is asked, and the report is the analyzers' alone.",
    ),
});
export type Budget = z.infer<typeof budgetSchema>;

export const DEFAULT_BUDGET = {
  steps: 25,
  toolCalls: 60,
  inputTokens: 200_000,
  outputTokens: 20_000,
  seconds: 300,
} as const satisfies Budget;

/** What one run has spent. */
export const usageSchema = z.strictObject({
  backend: z.string().max(64),
  model: z.string().max(128).optional(),
  steps: z.number().int().min(0),
  toolCalls: z.number().int().min(0),
  inputTokens: z.number().int().min(0),
  outputTokens: z.number().int().min(0),
  costMicroUsd: z.number().int().min(0).optional(),
  durationMs: z.number().int().min(0),
});
export type Usage = z.infer<typeof usageSchema>;
