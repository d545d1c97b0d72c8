import type { Usage } from "@sre-agent/crds";
import type { RunState } from "../loop/run-state.ts";

/** What the run has spent so far. */
export function usageOf({ begun, spent }: RunState): Usage {
  const { elapsedMs, journalBytes: _, unreported: __, costMicroUsd, ...counts } = spent;
  return {
    backend: begun?.backend ?? "none",
    ...(begun?.model === undefined ? {} : { model: begun.model }),
    ...counts,
    ...(costMicroUsd === undefined ? {} : { costMicroUsd }),
    durationMs: elapsedMs,
  };
}
