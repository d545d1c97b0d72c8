/** What a scripted model says in a turn. */
export interface ModelReply {
  readonly content?: string | null;
  readonly calls?: readonly { readonly id?: string; readonly name: string; readonly args: unknown }[];
  readonly finish?: "stop" | "length" | "content_filter";
  readonly refusal?: string;
  readonly usage?: { readonly input: number; readonly cached?: number; readonly output: number };
}

const USAGE = { input: 100, cached: 0, output: 20 };

function named({ calls = [] }: ModelReply, count: number) {
  return calls.map(({ id, name, args }, index) => ({
    id: id ?? `call_${count}_${index}`,
    name,
    arguments: typeof args === "string" ? args : JSON.stringify(args),
  }));
}

/** The turn as Chat Completions puts it. */
export function completionOf(turn: ModelReply, count: number) {
  const { content = null, calls = [], refusal, finish = calls.length > 0 ? "tool_calls" : "stop" } = turn;
  const { input, cached = 0, output } = turn.usage ?? USAGE;
  const tool_calls = named(turn, count).map(({ id, name, arguments: text }) => ({
    ...{ id, type: "function" },
    function: { name, arguments: text },
  }));
  const message = {
    role: "assistant",
    content,
    ...(refusal ? { refusal } : {}),
    ...(calls.length > 0 ? { tool_calls } : {}),
  };
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    model: "double",
    choices: [{ index: 0, message, finish_reason: finish }],
    usage: {
      ...{ prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
      prompt_tokens_details: { cached_tokens: cached },
    },
  };
}

const INCOMPLETE = { length: "max_output_tokens", content_filter: "content_filter" } as const;

/** The turn as the Responses API puts it, with reasoning that only the provider can read. */
export function responseOf(turn: ModelReply, count: number) {
  const { content, refusal, finish = "stop" } = turn;
  const { input, cached = 0, output } = turn.usage ?? USAGE;
  const part = refusal
    ? { type: "refusal", refusal }
    : { type: "output_text", text: content ?? "", annotations: [], logprobs: [] };
  const message = { type: "message", id: `msg_${count}`, status: "completed", role: "assistant", content: [part] };
  return {
    id: `resp_${count}`,
    object: "response",
    model: "double",
    status: finish === "stop" ? "completed" : "incomplete",
    error: null,
    incomplete_details: finish === "stop" ? null : { reason: INCOMPLETE[finish] },
    output: [
      { type: "reasoning", id: `rs_${count}`, summary: [], encrypted_content: `sealed-${count}` },
      ...named(turn, count).map(({ id, name, arguments: text }, index) => ({
        ...{ type: "function_call", id: `fc_${count}_${index}`, call_id: id, name, arguments: text },
        status: "completed",
      })),
      ...(content || refusal ? [message] : []),
    ],
    usage: {
      ...{ input_tokens: input, output_tokens: output, total_tokens: input + output },
      input_tokens_details: { cached_tokens: cached },
      output_tokens_details: { reasoning_tokens: 5 },
    },
  };
}
