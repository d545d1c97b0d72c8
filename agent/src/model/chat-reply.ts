import type { TurnUsage } from "@sre-agent/crds";
import { z } from "zod";
import { draftSchema } from "../report/draft.ts";
import { FINISHES } from "./finish.ts";
import type { TurnInput } from "./model-client.ts";
import { ModelError } from "./model-error.ts";
import { readBody } from "./read-body.ts";
import { callsOf, objectIn } from "./reply-calls.ts";
import type { Reply } from "./wire.ts";

const count = z.number().int().min(0);
const call = z.object({ id: z.string().min(1), function: z.object({ name: z.string(), arguments: z.string() }) });
const choice = z.object({
  finish_reason: z.string(),
  message: z.object({
    content: z.string().nullish(),
    refusal: z.string().nullish(),
    tool_calls: z.array(call).nullish(),
  }),
});
const completion = z.object({
  choices: z.array(choice),
  usage: z.object({
    prompt_tokens: count,
    completion_tokens: count,
    prompt_tokens_details: z.object({ cached_tokens: count.nullish() }).nullish(),
    completion_tokens_details: z.object({ reasoning_tokens: count.nullish() }).nullish(),
  }),
});
type Completion = z.infer<typeof completion>;

const MAX_TEXT = 60_000;

/** Reads a completion. Throws ModelError: bad_response for what is none, filtered for a block or a refusal. */
export function readCompletion(body: unknown, input: Pick<TurnInput, "tools" | "journal">): Reply {
  const { choices, usage } = readBody(completion, body);
  const [first] = choices;
  const used = usageOf(usage);
  if (first === undefined) throw new ModelError("bad_response", "The model's reply has no choice.", { usage: used });
  refuseBlocked(first, used);
  const { content, tool_calls } = first.message;
  const given = (tool_calls ?? []).map(({ id, function: { name, arguments: text } }) => ({ id, name, text }));
  const calls = callsOf(given, input);
  const report = calls.length === 0 ? reportIn(content ?? "") : undefined;
  return {
    finish: FINISHES.find((known) => known === first.finish_reason) ?? "other",
    reasoningTokens: usage.completion_tokens_details?.reasoning_tokens ?? 0,
    turn: {
      ...(report === undefined && content ? { text: content.slice(0, MAX_TEXT) } : {}),
      calls,
      ...(report === undefined ? {} : { report }),
      usage: used,
    },
  };
}

/** The text as JSON, or the one report that stands in it: without a form to hold them to, models put words or a fence around. */
function reportIn(text: string): Record<string, unknown> | undefined {
  const whole = objectIn(text);
  if (whole !== undefined) return whole;
  const within = objectIn(text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1));
  return draftSchema.safeParse(within).success ? within : undefined;
}

function usageOf({ prompt_tokens, completion_tokens, prompt_tokens_details }: Completion["usage"]): TurnUsage {
  const cached = prompt_tokens_details?.cached_tokens ?? 0;
  return {
    inputTokens: prompt_tokens,
    ...(cached === 0 ? {} : { cachedInputTokens: cached }),
    outputTokens: completion_tokens,
  };
}

function refuseBlocked({ finish_reason, message }: Completion["choices"][number], usage: TurnUsage): void {
  if (finish_reason === "content_filter") {
    throw new ModelError("filtered", "A content filter of the deployment blocked the model's reply.", { usage });
  }
  if (message.refusal) throw new ModelError("filtered", "The model refused to answer.", { usage });
}
