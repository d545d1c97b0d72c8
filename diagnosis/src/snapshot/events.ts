import type { SnapshotIndex } from "./index-snapshot.ts";
import { textAt } from "./json.ts";
import type { SnapshotObject } from "./snapshot.ts";

/** When an event was last seen, in whichever of its fields says so. */
export function eventTime(event: SnapshotObject): string {
  return (
    textAt(event, "series", "lastObservedTime") ??
    textAt(event, "lastTimestamp") ??
    textAt(event, "eventTime") ??
    event.metadata.creationTimestamp ??
    ""
  );
}

export function eventMessage(event: SnapshotObject): string {
  return textAt(event, "message") ?? textAt(event, "note") ?? "";
}

export interface EventPattern {
  readonly reason: string;
  readonly matching?: RegExp;
}

/** The newest event about `object` with that reason whose message matches. */
export function latestEvent(
  index: SnapshotIndex,
  object: SnapshotObject,
  { reason, matching = /./ }: EventPattern,
): SnapshotObject | undefined {
  return index
    .eventsOf(object)
    .filter((event) => textAt(event, "reason") === reason && matching.test(eventMessage(event)))
    .sort((a, b) => (eventTime(a) < eventTime(b) ? -1 : 1))
    .at(-1);
}
