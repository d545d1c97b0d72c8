import type { ToolCall } from "@sre-agent/crds";
import { z } from "zod";
import type { ModelTurn, TurnInput } from "./model-client.ts";
import { ModelError } from "./model-error.ts";
import { withoutNulls } from "./strict-schema.ts";

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
  choices: z.array(choice).min(1),
  usage: z.object({ prompt_tokens: count, completion_tokens: count }),
});
type Choice = z.infer<typeof choice>;

const LIMITS = { calls: 32, text: 60_000, name: 128, id: 100, malformed: 4_096 } as const;

export interface ChatReply {
  readonly turn: ModelTurn;
  /** The output cap ended it: the last call or the report may be incomplete. */
  readonly cutOff: boolean;
}

/** Reads a completion. Throws ModelError: bad_response for what is none, filtered for a block or a refusal. */
export function chatReply(body: unknown, input: Pick<TurnInput, "tools" | "journal">): ChatReply {
  const parsed = completion.safeParse(body);
  if (!parsed.success) throw new ModelError("bad_response", `The model's reply is none: ${faultsOf(parsed.error)}.`);
  const { choices, usage } = parsed.data;
  const [first] = choices;
  if (first === undefined) throw new ModelError("bad_response", "The model's reply has no choice.");
  refuseBlocked(first);
  const { content, tool_calls } = first.message;
  const calls = callsOf(tool_calls ?? [], input);
  const report = calls.length === 0 ? objectIn(content ?? "") : undefined;
  const text = report === undefined && content ? { text: content.slice(0, LIMITS.text) } : {};
  return {
    cutOff: first.finish_reason === "length",
    turn: {
      ...text,
      calls,
      ...(report === undefined ? {} : { report }),
      usage: { inputTokens: usage.prompt_tokens, outputTokens: usage.completion_tokens },
    },
  };
}

function refuseBlocked({ finish_reason, message }: Choice): void {
  if (finish_reason === "content_filter") {
    throw new ModelError("filtered", "A content filter of the deployment blocked the model's reply.");
  }
  if (message.refusal) throw new ModelError("filtered", "The model refused to answer.");
}

function callsOf(
  given: readonly z.infer<typeof call>[],
  { tools, journal }: Pick<TurnInput, "tools" | "journal">,
): readonly ToolCall[] {
  const used = new Set(journal.flatMap((entry) => (entry.kind === "turn" ? entry.calls.map(({ id }) => id) : [])));
  return given.slice(0, LIMITS.calls).map((each) => {
    const { name, arguments: text } = each.function;
    const schema = tools.find((tool) => tool.name === name)?.inputSchema;
    const parsed = objectIn(text.trim() === "" ? "{}" : text);
    return {
      id: unused(each.id.slice(0, LIMITS.id), used),
      tool: name.slice(0, LIMITS.name),
      arguments: parsed === undefined ? {} : Object(withoutNulls(parsed, schema)),
      ...(parsed === undefined ? { malformed: text.slice(0, LIMITS.malformed) } : {}),
    };
  });
}

/** Some endpoints count calls from nought in every turn; within a run an id names one call. */
function unused(id: string, used: ReadonlySet<string>): string {
  for (let n = 2, candidate = id; ; n += 1) {
    if (!used.has(candidate)) return candidate;
    candidate = `${id}_${n}`;
  }
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Paths and rules only: the reply itself may quote the cluster. */
function faultsOf({ issues }: z.ZodError): string {
  return issues
    .slice(0, 3)
    .map(({ path, code }) => `${path.join(".") || "body"} ${code}`)
    .join(", ");
}
