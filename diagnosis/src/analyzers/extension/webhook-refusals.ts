import { eventMessage, eventTime } from "../../snapshot/events.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt, textAt } from "../../snapshot/json.ts";
import { condition } from "../../snapshot/pod-state.ts";
import { isRecent } from "../../snapshot/recency.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** What the API server said about a webhook that it could not ask. */
export interface Refusal {
  readonly name: string;
  readonly object: SnapshotObject;
  readonly path: string;
  readonly line: string;
  readonly workload: SnapshotObject | undefined;
}

const FAILED = /failed calling webhook "([^"]+)"/;

/** In events, and in the conditions of workloads whose pods could not be created. */
export function refusalsIn(index: SnapshotIndex): readonly Refusal[] {
  const events = index
    .ofKind("Event")
    .filter((event) => isRecent(index, eventTime(event), "controller"))
    .map((event) => ({ object: event, path: "message", line: eventMessage(event), workload: involved(index, event) }));
  const conditions = ["ReplicaSet", "Deployment"].flatMap((kind) =>
    index.ofKind(kind).map((object) => ({
      ...{ object, path: "status.conditions[ReplicaFailure].message", workload: index.rootOf(object) },
      line: textAt(condition(object, "ReplicaFailure"), "message") ?? "",
    })),
  );
  return [...events, ...conditions].flatMap((one) => {
    const [, name] = FAILED.exec(one.line) ?? [];
    return name === undefined ? [] : [{ ...one, name }];
  });
}

function involved(index: SnapshotIndex, event: SnapshotObject): SnapshotObject | undefined {
  const about = { ...objectAt(event, "involvedObject"), ...objectAt(event, "regarding") };
  const [kind, namespace, name] = ["kind", "namespace", "name"].map((field) => textAt(about, field));
  const object = index.byName(kind ?? "", namespace, name ?? "");
  return object && index.rootOf(object);
}
