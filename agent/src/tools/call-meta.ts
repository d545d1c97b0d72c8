import { CORRELATION_META_KEY, RUN_META_KEY } from "@sre-agent/crds";
import type { CallOptions } from "./tool-client.ts";

/** What agent code attaches to every call, and no model can: the run and its correlation id. */
export function callMeta({ run, correlationId }: CallOptions): Readonly<Record<string, unknown>> {
  return { ...(run === undefined ? {} : { [RUN_META_KEY]: run }), [CORRELATION_META_KEY]: correlationId };
}
