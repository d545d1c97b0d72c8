import type { CallOptions } from "./access.ts";

/** Only the options of the call itself: a caller's wider object must not reach the request. */
export function callOnly({ signal, timeoutMs }: CallOptions): CallOptions {
  return { ...(signal === undefined ? {} : { signal }), ...(timeoutMs === undefined ? {} : { timeoutMs }) };
}
