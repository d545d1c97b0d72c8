import { fromControlPlane, fromTenant } from "../../findings/draft.ts";
import { eventMessage, eventTime } from "../../snapshot/events.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { numberAt, textAt } from "../../snapshot/json.ts";
import { ageMs } from "../../snapshot/pod-state.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import type { SchedulingReason, Unscheduled } from "./unschedulable.ts";

const FRESH_MS = 60 * 60_000;

/** Pods that had a node until one of a higher priority took their place. */
export function preempted(index: SnapshotIndex, { pod, workload }: Unscheduled): SchedulingReason | undefined {
  const namespace = workload.metadata.namespace ?? "";
  const event = index
    .eventsOfPrefix("Pod", namespace, `${workload.metadata.name}-`)
    .filter((one) => textAt(one, "reason") === "Preempted" && isFresh(index, one))
    .sort((a, b) => (eventTime(a) < eventTime(b) ? -1 : 1))
    .at(-1);
  if (event === undefined) return undefined;
  const winner = winnerOf(index, event);
  const className = textAt(winner, "spec", "priorityClassName");
  const [theirs, own] = [numberAt(winner, "spec", "priority"), numberAt(pod, "spec", "priority") ?? 0];
  const who = winner === undefined ? "a pod of a higher priority" : wordsOf(index, winner);
  const by = className === undefined ? "" : ` (PriorityClass ${className}, ${theirs} against ${own})`;
  const priorityClass = className === undefined ? undefined : index.byName("PriorityClass", undefined, className);
  return {
    key: `preempted/${className ?? ""}`,
    words: `its pods were preempted by ${who}${by}`,
    evidence: [
      fromControlPlane(event, "event Preempted", eventMessage(event)),
      ...(priorityClass === undefined ? [] : [fromTenant(priorityClass, "value", String(priorityClass["value"]))]),
      ...(priorityClass?.["globalDefault"] === true ? [fromTenant(priorityClass, "globalDefault", "true")] : []),
    ],
    decide: `give ${workload.kind} ${workload.metadata.name} the priority it deserves, or lower that of ${who}; more room on the nodes ends the contest`,
  };
}

function isFresh(index: SnapshotIndex, event: SnapshotObject): boolean {
  const age = ageMs(index.nowMs, eventTime(event));
  return age !== undefined && age < FRESH_MS;
}

/** `Preempted by pod 0a1b… on node lab`: the uid since 1.27, before that namespace/name. */
function winnerOf(index: SnapshotIndex, event: SnapshotObject): SnapshotObject | undefined {
  const [, by = ""] = /Preempted by (?:a )?pod:? (\S+)/i.exec(eventMessage(event)) ?? [];
  const related = textAt(event, "related", "uid");
  const [namespace, name] = by.split("/");
  return index.byUid(related ?? by) ?? (name === undefined ? undefined : index.byName("Pod", namespace, name));
}

function wordsOf(index: SnapshotIndex, pod: SnapshotObject): string {
  const root = index.rootOf(pod);
  return `${root.kind} ${root.metadata.namespace}/${root.metadata.name}`;
}
