import type { CallOptions } from "./access.ts";
import { KubeError } from "./error.ts";

const DEFAULT_TIMEOUT_MS = 15_000;

/** One signal for the caller's abort and the time limit; `end` frees both. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** The KubeError that explains why `signal` aborted; undefined while it has not. */
  failure(): KubeError | undefined;
  end(): void;
}

/** Starts the time limit of one call. `what` names the call in the error: `GET /api/v1/pods`. */
export function startDeadline(what: string, { signal, timeoutMs = DEFAULT_TIMEOUT_MS }: CallOptions): Deadline {
  const controller = new AbortController();
  let failure: KubeError | undefined;
  const abort = (error: KubeError) => {
    failure ??= error;
    controller.abort(failure);
  };
  const onAbort = () => abort(new KubeError(`${what} was cancelled.`, { code: "ABORTED", cause: signal?.reason }));
  const timer = setTimeout(
    () => abort(new KubeError(`${what} took longer than ${timeoutMs / 1000} s.`, { code: "TIMEOUT" })),
    timeoutMs,
  );
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });
  return {
    signal: controller.signal,
    failure: () => failure,
    end() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    },
  };
}
