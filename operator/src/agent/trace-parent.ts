import { createHash, randomBytes } from "node:crypto";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The W3C `traceparent` of a call: all calls of a run are one trace. Its id is the run's uid without dashes, so that a
 * trace is found by what `kubectl get` prints; an id that is no UUID is hashed. Each call has a span of its own.
 */
export function traceParentOf(correlationId: string): string {
  const trace = UUID.test(correlationId)
    ? correlationId.replaceAll("-", "").toLowerCase()
    : createHash("sha256").update(correlationId).digest("hex").slice(0, 32);
  return `00-${trace}-${randomBytes(8).toString("hex")}-01`;
}
