import { CORRELATION_META_KEY, RUN_META_KEY } from "@sre-agent/crds";
import { traceCarrier } from "@sre-agent/frame";
import type { CallOptions } from "./tool-client.ts";

/** What agent code attaches to every call, and no model can: the run, its correlation id, and the trace. */
export function callMeta({ run, correlationId }: CallOptions): Readonly<Record<string, unknown>> {
  const told = run === undefined ? {} : { [RUN_META_KEY]: run };
  return { ...traceCarrier(), ...told, [CORRELATION_META_KEY]: correlationId };
}
