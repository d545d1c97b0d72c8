import type { atMost } from "@sre-agent/frame";
import { modelFailure, statusOf } from "./failure.ts";
import { createMeter, type Meter, priced } from "./meter.ts";
import type { ModelTurn, TurnInput } from "./model-client.ts";
import { ModelError } from "./model-error.ts";
import type { Prices } from "./price.ts";
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

interface Metered extends TurnOptions {
  readonly meter: Meter;
}

const RAISED = 2;

/** One turn, with what all of its requests took; a failure says the same. Rejects with ModelError only. */
export async function takeTurn(options: TurnOptions, input: TurnInput): Promise<ModelTurn> {
  const meter = createMeter();
  try {
    const turn = await filteredTurn({ ...options, meter }, input);
    return { ...turn, usage: meter.total() ?? turn.usage };
  } catch (error) {
    throw modelFailure(error, options.effects.now()).withUsage(meter.total());
  }
}

/** Once more without the newest text when a filter blocks it. */
async function filteredTurn(options: Metered, input: TurnInput): Promise<ModelTurn> {
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
async function wholeTurn(options: Metered, asking: Asking): Promise<ModelTurn> {
  const first = await ask(options, asking);
  const { turn } = first;
  const cutOff = first.finish === "length";
  if (isWhole(turn)) return turn;
  // Malformed calls are answered with an error that says what was expected.
  if (!cutOff && turn.calls.length > 0) return turn;
  const maxTokens = nextCap(asking, options.meter, cutOff);
  if (!asking.input.mayRepeat || maxTokens < 1 || (cutOff && maxTokens <= asking.maxTokens)) return uncut(first);
  return uncut(await ask(options, { ...asking, maxTokens }));
}

function nextCap({ input, maxTokens }: Asking, meter: Meter, cutOff: boolean): number {
  return Math.min(maxTokens * (cutOff ? RAISED : 1), input.outputTokensLeft - (meter.total()?.outputTokens ?? 0));
}

async function ask(options: Metered, asking: Asking): Promise<Reply> {
  const { effects, observer } = options;
  const { signal, timeLeftMs } = asking.input;
  const onRetry = (error: ModelError) => observer.retried(error);
  const request = () => send(options, asking);
  return withRetries(() => observer.request(request), { effects, signal, timeLeftMs, onRetry });
}

/** One request, measured whatever becomes of it. */
async function send({ wire, line, prices, meter, effects }: Metered, asking: Asking): Promise<Reply> {
  const { signal, timeLeftMs } = asking.input;
  let sent = false;
  const request = () => {
    sent = true;
    return wire(asking, { signal, timeoutMs: Math.max(1, timeLeftMs) });
  };
  try {
    const { turn, ...reply } = await line(request, signal);
    const usage = priced(turn.usage, prices);
    meter.add(usage);
    return { ...reply, turn: { ...turn, usage } };
  } catch (error) {
    const failure = modelFailure(error, effects.now());
    const usage = failure.usage && priced(failure.usage, prices);
    if (usage !== undefined || (sent && mayHaveTaken(error, failure))) meter.add(usage);
    throw failure.withUsage(usage);
  }
}

/** Whether the model may have worked although nothing of it came: an endpoint that refuses by a status took nothing. */
function mayHaveTaken(error: unknown, { code }: ModelError): boolean {
  return statusOf(error) === undefined && (code === "unreachable" || code === "bad_response" || code === "aborted");
}

/** A report or calls of the right form: nothing is missing, even when the cap ended it. */
function isWhole({ calls, report }: ModelTurn): boolean {
  return report !== undefined || (calls.length > 0 && calls.every(({ malformed }) => malformed === undefined));
}

function uncut({ turn, finish }: Reply): ModelTurn {
  if (finish !== "length" || isWhole(turn)) return turn;
  throw new ModelError("bad_response", "The model's reply does not fit the output cap.", { final: true });
}
