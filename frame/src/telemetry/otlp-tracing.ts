import {
  type Attributes,
  context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, RandomIdGenerator, TracerProvider } from "@opentelemetry/sdk-trace";
import { ERROR_TYPE } from "./conventions.ts";
import { type SpanHandle, type SpanOptions, seededCarrier, type TraceCarrier, type Tracing } from "./span.ts";

/** The only file that knows the OpenTelemetry SDK; loaded when an endpoint is set. */

const KINDS = { internal: SpanKind.INTERNAL, client: SpanKind.CLIENT, server: SpanKind.SERVER } as const;
const EXPORT_TIMEOUT_MS = 5_000;

/** Spans in batches to `endpoint` over OTLP/HTTP. */
export function createTracing(component: string, endpoint: string): Tracing & { stop(): Promise<void> } {
  const exporter = new OTLPTraceExporter({ url: tracesUrl(endpoint), timeoutMillis: EXPORT_TIMEOUT_MS });
  const ids = givenIds();
  const provider = new TracerProvider({
    idGenerator: ids.generator,
    resource: resourceFromAttributes({ "service.name": `sre-agent-${component}` }),
    spanProcessors: [new BatchSpanProcessor({ exporter, exportTimeoutMillis: EXPORT_TIMEOUT_MS })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const tracer = provider.getTracer("sre-agent");
  const propagator = new W3CTraceContextPropagator();

  function parentOf(parent: TraceCarrier | undefined) {
    if (parent === undefined) return context.active();
    return propagator.extract(ROOT_CONTEXT, { ...parent }, defaultTextMapGetter);
  }

  return {
    async inSpan<Value>(name: string, options: SpanOptions, work: (span: SpanHandle) => Promise<Value>) {
      const parent = parentOf(options.parent);
      const attributes = mutable(options.attributes);
      const span = tracer.startSpan(name, { kind: KINDS[options.kind], attributes }, parent);
      const handle = handleOf(span);
      try {
        return await context.with(trace.setSpan(parent, span), () => work(handle));
      } catch (error) {
        handle.fail(error instanceof Error ? error.name : "error");
        throw error;
      } finally {
        span.end();
      }
    },
    record(name, { kind, attributes, seed, startMs, endMs, failure }) {
      const options = { kind: KINDS[kind], attributes: mutable(attributes), startTime: new Date(startMs) };
      const span = ids.of(seededCarrier(seed), () => tracer.startSpan(name, options, ROOT_CONTEXT));
      if (failure !== undefined) handleOf(span).fail(failure);
      span.end(new Date(endMs));
    },
    carrier() {
      const carrier: Record<string, string> = {};
      propagator.inject(context.active(), carrier, defaultTextMapSetter);
      return carrier;
    },
    async stop() {
      await provider.shutdown();
      context.disable();
    },
  };
}

/** Random ids, but for the span that `start` begins: it gets those that the carrier names. */
function givenIds() {
  const random = new RandomIdGenerator();
  let given: readonly string[] = [];
  return {
    generator: {
      generateTraceId: () => given[1] ?? random.generateTraceId(),
      generateSpanId: () => given[2] ?? random.generateSpanId(),
    },
    of(carrier: TraceCarrier, start: () => Span): Span {
      given = (carrier["traceparent"] ?? "").split("-");
      try {
        return start();
      } finally {
        given = [];
      }
    },
  };
}

function tracesUrl(endpoint: string): string {
  return `${endpoint.replace(/\/$/, "")}/v1/traces`;
}

function handleOf(span: Span): SpanHandle {
  let failed = false;
  return {
    set: (attributes) => void span.setAttributes(mutable(attributes)),
    fail(type) {
      // Whoever was nearest to the failure knew best what it is.
      if (failed) return;
      failed = true;
      span.setAttribute(ERROR_TYPE, type).setStatus({ code: SpanStatusCode.ERROR });
    },
  };
}

function mutable(attributes: SpanOptions["attributes"]): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, typeof value === "object" ? [...value] : value]),
  );
}
