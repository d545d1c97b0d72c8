import { createHash } from "node:crypto";

type SpanAttributes = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** Members that carry a trace over a wire: `traceparent` and, where there is one, `tracestate`. */
export type TraceCarrier = Readonly<Record<string, string>>;

export interface SpanHandle {
  set(attributes: SpanAttributes): void;
  /** Marks it failed; `type` is of a closed set, never a message. The first one stands. */
  fail(type: string): void;
}

export interface SpanOptions {
  readonly kind: "internal" | "client" | "server";
  readonly attributes: SpanAttributes;
  /** From the wire; without it the span is a child of the one around it. */
  readonly parent?: TraceCarrier | undefined;
}

/** A span that is over, of work that no process did as a whole. */
export interface PastSpan extends Omit<SpanOptions, "parent"> {
  /** It is the very span that `seededCarrier(seed)` names, so that what was sent along before is below it. */
  readonly seed: string;
  /** Milliseconds since the epoch. */
  readonly startMs: number;
  readonly endMs: number;
  /** Why it failed, of a closed set. */
  readonly failure?: string | undefined;
}

/** What a tracing SDK does for us. */
export interface Tracing {
  inSpan<Value>(name: string, options: SpanOptions, work: (span: SpanHandle) => Promise<Value>): Promise<Value>;
  record(name: string, span: PastSpan): void;
  carrier(): TraceCarrier;
}

const IGNORED: SpanHandle = { set: () => undefined, fail: () => undefined };
const OFF: Tracing = {
  inSpan: (_name, _options, work) => work(IGNORED),
  record: () => undefined,
  carrier: () => ({}),
};

let tracing = OFF;

/** Switches spans on, or off again; for `startTelemetry` alone. */
export function useTracing(next: Tracing | undefined): void {
  tracing = next ?? OFF;
}

/** Does the work inside a span; without a tracing SDK just the work. A rejection marks the span failed. */
export function inSpan<Value>(
  name: string,
  options: SpanOptions,
  work: (span: SpanHandle) => Promise<Value>,
): Promise<Value> {
  return tracing.inSpan(name, options, work);
}

/** Tells of a span that is over; without a tracing SDK nothing. */
export function recordSpan(name: string, span: PastSpan): void {
  tracing.record(name, span);
}

/** The trace of the span around, to be sent along; empty without one. */
export function traceCarrier(): TraceCarrier {
  return tracing.carrier();
}

/** A trace and its root that everybody who knows `seed` names alike, for work in steps that no span is around. */
export function seededCarrier(seed: string): TraceCarrier {
  const digest = createHash("sha256").update(seed).digest("hex");
  return { traceparent: `00-${digest.slice(0, 32)}-${digest.slice(32, 48)}-01` };
}

const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
const TRACESTATE = /^[\x20-\x7e]{1,512}$/;

/** The trace in headers or in the `_meta` of a call; undefined when there is none of the right form. */
export function carrierIn(members: Readonly<Record<string, unknown>> | undefined): TraceCarrier | undefined {
  const { traceparent, tracestate } = members ?? {};
  if (typeof traceparent !== "string" || !TRACEPARENT.test(traceparent)) return undefined;
  const kept = typeof tracestate === "string" && TRACESTATE.test(tracestate);
  return { traceparent, ...(kept ? { tracestate } : {}) };
}
