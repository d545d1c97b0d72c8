import type { WireRequest } from "./wire-double.ts";

/**
 * What a provider refuses in a conversation: a call that is not answered exactly once, or an answer to no call. Undefined
 * for one that it takes.
 */
export function unpaired({ api, body }: Pick<WireRequest, "api" | "body">): string | undefined {
  const { calls, answers } = api === "chat" ? inMessages(body.messages) : inItems(body.input);
  const repeated = [...calls, ...answers].find((id, _, all) => all.filter((other) => other === id).length !== 2);
  return repeated ?? calls.find((id, index) => answers[index] !== id);
}

interface Ids {
  readonly calls: readonly string[];
  readonly answers: readonly string[];
}

function inMessages(messages: WireRequest["body"]["messages"]): Ids {
  return {
    calls: messages.flatMap(({ tool_calls = [] }) => tool_calls.map(({ id }) => id)),
    answers: messages.flatMap(({ tool_call_id: id }) => (id === undefined ? [] : [id])),
  };
}

function inItems(items: WireRequest["body"]["input"]): Ids {
  const idsOf = (wanted: string) =>
    items.flatMap(({ type, call_id }) => (type === wanted && typeof call_id === "string" ? [call_id] : []));
  return { calls: idsOf("function_call"), answers: idsOf("function_call_output") };
}
