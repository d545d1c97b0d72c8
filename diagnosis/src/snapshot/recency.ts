import type { SnapshotIndex } from "./index-snapshot.ts";
import { ageMs } from "./pod-state.ts";

const MINUTE_MS = 60_000;

/**
 * What "recent" is, by who says it. Whoever reports a trouble says so again for as long as it lasts, each in a rhythm of
 * its own: what has not been said for longer has been overcome.
 */
const RECENT_MS = {
  /** Between two crashes a container runs for a moment. */
  restart: 3 * MINUTE_MS,
  /** Failed mounts and attachments are tried again every two minutes; metrics are of the last one. */
  retry: 5 * MINUTE_MS,
  /** A container's back-off is five minutes at most, and forgotten when it has run for ten. */
  backOff: 10 * MINUTE_MS,
  /** Of a pod about which it has said much the kubelet sends one event in five minutes: each of several probes waits its turn. */
  probe: 15 * MINUTE_MS,
  /** A controller's back-off ends at 1,000 seconds. */
  controller: 20 * MINUTE_MS,
  /** What happened once, such as a preemption, is told for as long as the API server keeps events. */
  event: 60 * MINUTE_MS,
  /** By then somebody has looked at it. */
  person: 24 * 60 * MINUTE_MS,
} as const;

/** Whether what was said at `time` is still about the present; not where the time is unknown. */
export function isRecent(index: SnapshotIndex, time: string | undefined, by: keyof typeof RECENT_MS): boolean {
  const age = ageMs(index.nowMs, time);
  return age !== undefined && age < RECENT_MS[by];
}
