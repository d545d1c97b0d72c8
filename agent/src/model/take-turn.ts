import type { atMost } from "./at-most.ts";
import { modelFailure } from "./failure.ts";
import type { ModelTurn, TurnInput } from "./model-client.ts";
import { ModelError } from "./model-error.ts";
import { costOf, type Prices } from "./price.ts";
import type { Asking, Reply, Wire } from "./wire.ts";
import { type RetryEffects, withRetries } from "./with-retries.ts";

/** What becomes of the requests of a model, for metrics and traces. */
export interface ModelObserver {
  /** Wraps one request; `request` rejects with ModelError only. */
  request(request: () => Promise<Reply>): Promise<Reply>;
  retried(error: ModelError): void;
}

export interface TurnOptions {
  readonly wire: Wire;
  readonly effects: RetryEffects;
  readonly line: ReturnType<typeof atMost>;
  readonly prices: Prices | undefined;
  readonly observer: ModelObserver;
}

const RAISED = 2;

/** One turn; once more without the newest text when a filter blocks it. */
export async function takeTurn(options: TurnOptions, input: TurnInput): Promise<ModelTurn> {
  const usual = { input, maxTokens: input.maxOutputTokens, withoutNewest: false };
  try {
    return await wholeTurn(options, usual);
  } catch (error) {
    if (!(error instanceof ModelError) || error.code !== "filtered" || !input.mayRepeat) throw error;
    if (!input.journal.some(({ kind }) => kind === "results")) throw error;
    return uncut(await ask(options, { ...usual, withoutNewest: true }));
  }
}

/** Once more with a larger cap for a turn that was cut off, and once more for text that is neither calls nor JSON. */
async function wholeTurn(options: TurnOptions, asking: Asking): Promise<ModelTurn> {
  const first = await ask(options, asking);
  const { turn } = first;
  const cutOff = first.finish === "length";
  if (isWhole(turn)) return turn;
  // Malformed calls are answered with an error that says what was expected.
  if (!cutOff && turn.calls.length > 0) return turn;
  const maxTokens = nextCap(asking, turn, cutOff);
  if (!asking.input.mayRepeat || maxTokens < 1 || (cutOff && maxTokens <= asking.maxTokens)) return uncut(first);
  return withUsageOf(turn, uncut(await ask(options, { ...asking, maxTokens })));
}

function nextCap({ input, maxTokens }: Asking, { usage }: ModelTurn, cutOff: boolean): number {
  return Math.min(maxTokens * (cutOff ? RAISED : 1), input.outputTokensLeft - usage.outputTokens);
}

async function ask({ wire, effects, line, prices, observer }: TurnOptions, asking: Asking): Promise<Reply> {
  const { signal, timeLeftMs } = asking.input;
  const send = () => wire(asking, { signal, timeoutMs: Math.max(1, timeLeftMs) });
  const request = async () => {
    try {
      return priced(await line(send, signal), prices);
    } catch (error) {
      throw modelFailure(error, effects.now());
    }
  };
  const onRetry = (error: ModelError) => observer.retried(error);
  return withRetries(() => observer.request(request), { effects, signal, timeLeftMs, onRetry });
}

function priced(reply: Reply, prices: Prices | undefined): Reply {
  if (prices === undefined) return reply;
  const { turn } = reply;
  return { ...reply, turn: { ...turn, usage: { ...turn.usage, costMicroUsd: costOf(turn.usage, prices) } } };
}

/** A report or calls of the right form: nothing is missing, even when the cap ended it. */
function isWhole({ calls, report }: ModelTurn): boolean {
  return report !== undefined || (calls.length > 0 && calls.every(({ malformed }) => malformed === undefined));
}

function uncut({ turn, finish }: Reply): ModelTurn {
  if (finish !== "length" || isWhole(turn)) return turn;
  throw new ModelError("bad_response", "The model's reply does not fit the output cap.", { final: true });
}

function withUsageOf(first: ModelTurn, second: ModelTurn): ModelTurn {
  const sum = (left: number | undefined, right: number | undefined) =>
    left === undefined && right === undefined ? undefined : (left ?? 0) + (right ?? 0);
  const cachedInputTokens = sum(first.usage.cachedInputTokens, second.usage.cachedInputTokens);
  const costMicroUsd = sum(first.usage.costMicroUsd, second.usage.costMicroUsd);
  return {
    ...second,
    usage: {
      inputTokens: first.usage.inputTokens + second.usage.inputTokens,
      outputTokens: first.usage.outputTokens + second.usage.outputTokens,
      ...(cachedInputTokens === undefined ? {} : { cachedInputTokens }),
      ...(costMicroUsd === undefined ? {} : { costMicroUsd }),
    },
  };
}
