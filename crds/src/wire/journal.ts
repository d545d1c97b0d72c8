import { z } from "zod";
import { budgetSchema } from "./budget.ts";
import { reportSchema } from "./report.ts";

/** A tool call as the model asked for it. `arguments` are what it sent, parsed; unparsable text is kept in `malformed`. */
const toolCallSchema = z.strictObject({
  id: z.string().min(1).max(128),
  tool: z.string().max(128),
  arguments: z.record(z.string(), z.unknown()),
  malformed: z.string().max(4096).optional(),
});
export type ToolCall = z.infer<typeof toolCallSchema>;

/** What came back for one call: always exactly one a call, in order. */
const toolResultSchema = z.strictObject({
  callId: z.string().min(1).max(128),
  tool: z.string().max(128),
  ok: z.boolean(),
  /** Denial or error code when not ok. */
  code: z.string().max(64).optional(),
  text: z.string().max(65_536),
  structured: z.unknown().optional(),
  /** Evidence ids that this result carried. */
  evidence: z.array(z.string().max(80)).max(200),
});
export type ToolResult = z.infer<typeof toolResultSchema>;

const turnUsageSchema = z.strictObject({
  inputTokens: z.number().int().min(0),
  /** Of the input, what came from the provider's cache. */
  cachedInputTokens: z.number().int().min(0).optional(),
  outputTokens: z.number().int().min(0),
  costMicroUsd: z.number().int().min(0).optional(),
  /** Requests of which the provider did not say what they took. */
  unreported: z.number().int().min(1).optional(),
});
export type TurnUsage = z.infer<typeof turnUsageSchema>;

const entry = <Kind extends string>(kind: Kind) => ({
  seq: z.number().int().min(0),
  at: z.iso.datetime().max(40),
  kind: z.literal(kind),
});

/**
 * One durable step of a run. The journal is the run: whoever holds it can go on. `begun` is first and `ended` last;
 * between them a `turn` with calls is followed by the `results` of those very calls.
 */
export const journalEntrySchema = z.discriminatedUnion("kind", [
  z.strictObject({
    ...entry("begun"),
    backend: z.string().max(64),
    model: z.string().max(128).optional(),
    budget: budgetSchema,
    /** Hash over system prompt, tools and report schema: a resume under another prefix starts anew. */
    prefix: z.string().max(80),
    /** Random mark of this run around untrusted text. */
    mark: z.string().max(64),
    question: z.string().max(32_768),
  }),
  z.strictObject({
    ...entry("turn"),
    text: z.string().max(65_536).optional(),
    calls: z.array(toolCallSchema).max(32),
    /** The final answer as the model gave it, before grounding. */
    report: z.unknown().optional(),
    usage: turnUsageSchema,
    /** Items of the provider to be sent back unchanged (encrypted reasoning). */
    opaque: z.array(z.unknown()).max(64).optional(),
  }),
  z.strictObject({ ...entry("results"), results: z.array(toolResultSchema).max(32) }),
  z.strictObject({
    ...entry("note"),
    code: z.string().max(64),
    message: z.string().max(4096),
    /** What a turn that failed took all the same. */
    usage: turnUsageSchema.optional(),
  }),
  z.strictObject({ ...entry("ended"), report: reportSchema }),
]);
export type JournalEntry = z.infer<typeof journalEntrySchema>;
export type JournalEntryOf<Kind extends JournalEntry["kind"]> = Extract<JournalEntry, { kind: Kind }>;

/** The most one decide call may be given or give back. */
export const JOURNAL_LIMITS = { entries: 1_000, bytes: 8 * 1024 * 1024 } as const;
