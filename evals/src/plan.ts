import { randomBytes } from "node:crypto";
import type { Finding } from "@sre-agent/crds";
import { type Connection, createReader, createReviewer, systemClock } from "@sre-agent/kube";
import { createCall, readTools, type WireReply } from "@sre-agent/mcp-server";
import { createPseudonyms } from "@sre-agent/redaction";
import { encode } from "gpt-tokenizer/encoding/o200k_base";
import { z } from "zod";

/** What the plan may spend. */
const MAX_CALLS = 5;
const MAX_TOKENS = 8_000;

interface Call {
  readonly tool: string;
  readonly args: object;
}

interface Answer extends Call {
  readonly text: string;
  readonly tokens: number;
}

export interface PlanResult {
  readonly answers: readonly Answer[];
  readonly findings: readonly Finding[];
  readonly tokens: number;
  readonly milliseconds: number;
}

export type CallTool = (call: Call) => Promise<WireReply>;

/** The read server's own calls, without a wire between. */
export function toolCaller(connection: Connection): CallTool {
  const reader = createReader(connection);
  const reviewer = createReviewer(connection);
  const pseudonym = createPseudonyms(randomBytes(32));
  const call = createCall({
    tools: readTools({ reader, reviewer, now: systemClock.now, pseudonym }),
    reader,
    reviewer,
    pseudonym,
    localCaller: { username: "evals" },
    runPrincipals: [],
    now: systemClock.now,
    onCall: () => undefined,
  });
  const { signal } = new AbortController();
  return ({ tool, args }) => call({ name: tool, args, meta: undefined, principal: undefined, signal });
}

/**
 * The fixed plan: `diagnose`, then the calls that its reply suggests, within calls and tokens. It thinks nothing:
 * what it shows is what the tools alone bring before a reader.
 */
export async function runPlan(call: CallTool, question: object): Promise<PlanResult> {
  const started = performance.now();
  const queue: Call[] = [{ tool: "diagnose", args: question }];
  const answers: Answer[] = [];
  let findings: readonly Finding[] = [];
  for (let next = queue.shift(); next !== undefined && answers.length < MAX_CALLS; next = queue.shift()) {
    const reply = await call(next);
    const text = reply.content.map((part) => part.text).join("\n");
    answers.push({ ...next, text, tokens: encode(text).length });
    if (answers.length > 1) continue;
    findings = findingsOf(reply);
    queue.push(...suggested(text, reply.structuredContent));
  }
  const within = withinTokens(answers);
  const tokens = within.reduce((sum, answer) => sum + answer.tokens, 0);
  return { answers: within, findings, tokens, milliseconds: Math.round(performance.now() - started) };
}

function withinTokens(answers: readonly Answer[]): readonly Answer[] {
  let sum = 0;
  return answers.filter((answer) => {
    sum += answer.tokens;
    return sum <= MAX_TOKENS;
  });
}

function findingsOf({ structuredContent }: WireReply): readonly Finding[] {
  const { findings } = (structuredContent ?? {}) as { readonly findings?: readonly Finding[] };
  return findings ?? [];
}

const suggestedSchema = z.object({
  next: z.array(z.object({ tool: z.string(), args: z.record(z.string(), z.unknown()) })),
});

/** `next` of the structured answer, or lines such as `next: resource_get {"kind":"Pod"}`. */
function suggested(text: string, structured: unknown): readonly Call[] {
  const parsed = suggestedSchema.safeParse(structured);
  if (parsed.success) return parsed.data.next;
  return [...text.matchAll(/^\s*next: (\w+) (\{.*\})\s*$/gim)].flatMap(([, tool = "", args = "{}"]) => {
    try {
      return [{ tool, args: JSON.parse(args) as object }];
    } catch {
      return [];
    }
  });
}
