import type { TurnUsage } from "@sre-agent/crds";
import { z } from "zod";
import type { TurnInput } from "./model-client.ts";
import { ModelError } from "./model-error.ts";
import { readBody } from "./read-body.ts";
import { callsOf, objectIn } from "./reply-calls.ts";
import type { Reply } from "./wire.ts";

const count = z.number().int().min(0);
const usage = z.object({
  input_tokens: count,
  output_tokens: count,
  input_tokens_details: z.object({ cached_tokens: count.nullish() }).nullish(),
  output_tokens_details: z.object({ reasoning_tokens: count.nullish() }).nullish(),
});
const response = z.object({
  status: z.string(),
  incomplete_details: z.object({ reason: z.string().nullish() }).nullish(),
  error: z.object({ code: z.string().nullish() }).nullish(),
  output: z.array(z.looseObject({ type: z.string() })),
  usage,
});
const failure = z.object({
  status: z.literal("failed"),
  error: z.object({ code: z.string().nullish() }).nullish(),
  // It is null in some, and what is odd in it is no reason to miss the failure.
  usage: usage.nullish().catch(undefined),
});
const message = z.object({ type: z.literal("message"), content: z.array(z.looseObject({ type: z.string() })) });
const functionCall = z.object({
  ...{ type: z.literal("function_call"), call_id: z.string().min(1), name: z.string(), arguments: z.string() },
});
type Response = z.infer<typeof response>;

const LIMITS = { text: 60_000, items: 64, itemBytes: 512 * 1024 } as const;

/** Reads a response. Throws ModelError: bad_response for what is none, filtered for a block or a refusal. */
export function readResponse(body: unknown, input: Pick<TurnInput, "tools" | "journal">): Reply {
  refuseFailed(body);
  const read = readBody(response, body);
  const parts = read.output.flatMap((item) => message.safeParse(item).data?.content ?? []);
  refuseBlocked(read, parts);
  const given = read.output.flatMap((item) => functionCall.safeParse(item).data ?? []);
  const calls = callsOf(
    given.map(({ call_id: id, name, arguments: text }) => ({ id, name, text })),
    input,
  );
  const text = parts.flatMap((part) => (typeof part["text"] === "string" ? [part["text"]] : [])).join("");
  const report = calls.length === 0 ? objectIn(text) : undefined;
  return {
    finish: finishOf(read, calls.length),
    reasoningTokens: read.usage.output_tokens_details?.reasoning_tokens ?? 0,
    turn: {
      ...(report === undefined && text !== "" ? { text: text.slice(0, LIMITS.text) } : {}),
      calls,
      ...(report === undefined ? {} : { report }),
      ...opaqueOf(body),
      usage: usageOf(read.usage),
    },
  };
}

function refuseFailed(body: unknown): void {
  const failed = failure.safeParse(body);
  if (!failed.success) return;
  const code = failed.data.error?.code ?? "";
  const details = failed.data.usage ? { usage: usageOf(failed.data.usage) } : {};
  if (code === "content_filter")
    throw new ModelError("filtered", "A content filter of the deployment ended the reply.", details);
  if (code === "rate_limit_exceeded") {
    throw new ModelError("rate_limited", "The model's deployment is at its rate limit.", details);
  }
  throw new ModelError("unreachable", "The model's endpoint failed while it answered.", details);
}

function refuseBlocked(
  { status, incomplete_details, usage: given }: Response,
  parts: readonly { readonly type: string }[],
): void {
  const details = { usage: usageOf(given) };
  if (status === "incomplete" && incomplete_details?.reason === "content_filter") {
    throw new ModelError("filtered", "A content filter of the deployment blocked the model's reply.", details);
  }
  if (parts.some(({ type }) => type === "refusal")) {
    throw new ModelError("filtered", "The model refused to answer.", details);
  }
}

function finishOf({ status, incomplete_details }: Response, calls: number): Reply["finish"] {
  if (status === "incomplete") return incomplete_details?.reason === "max_output_tokens" ? "length" : "other";
  return calls > 0 ? "tool_calls" : "stop";
}

/** The items as they came, unless there are more than a journal can carry: then the turn is told without them. */
function opaqueOf(body: unknown) {
  const { output: items } = Object(body) as { readonly output: readonly unknown[] };
  const fits = items.length <= LIMITS.items && Buffer.byteLength(JSON.stringify(items)) <= LIMITS.itemBytes;
  return fits && items.length > 0 ? { opaque: items } : {};
}

function usageOf({ input_tokens, output_tokens, input_tokens_details }: Response["usage"]): TurnUsage {
  const cached = input_tokens_details?.cached_tokens ?? 0;
  return {
    inputTokens: input_tokens,
    ...(cached === 0 ? {} : { cachedInputTokens: cached }),
    outputTokens: output_tokens,
  };
}
