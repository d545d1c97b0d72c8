import { timestamp } from "../clock.ts";
import { type JsonRecord, recordsOf } from "../json.ts";

/** The wanted conditions; one whose status is as before keeps its transition time. */
export function withTransitionTimes(
  before: unknown,
  wanted: readonly JsonRecord[],
  nowMs: number,
): readonly JsonRecord[] {
  const old = new Map(recordsOf(before).map((condition) => [condition["type"], condition]));
  return wanted.map((condition) => {
    const previous = old.get(condition["type"]);
    const isSame = previous?.["status"] === condition["status"];
    return { ...condition, lastTransitionTime: isSame ? previous?.["lastTransitionTime"] : timestamp(nowMs) };
  });
}
