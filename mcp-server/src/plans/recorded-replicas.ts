import { currentRevision } from "../facts/revisions.ts";
import { type ControllerEvent, ownedBy, revisionOf } from "../facts/workload.ts";
import type { Live } from "./plan.ts";

/** The count that a workload at zero had before, and who wrote it down. */
export interface RecordedReplicas {
  readonly count: number;
  readonly source: string;
}

const DESIRED = "deployment.kubernetes.io/desired-replicas";

/** From the controller's newest event, which expires after an hour, else from an older ReplicaSet. */
export function recordedReplicas(live: Live): RecordedReplicas | undefined {
  if (live.target.kind === "StatefulSet") return fromOrdinals(live);
  return fromScaling(live) ?? fromReplicaSets(live);
}

/** `Scaled down replica set web-5d9 from 3 to 0`; earlier versions: `… to 0 from 3`. */
const SCALED_TO_ZERO = /^Scaled down replica set (\S+) (?:from (\d+) to 0|to 0 from (\d+))$/;

function fromScaling({ target, ...history }: Live): RecordedReplicas | undefined {
  const revision = currentRevision(target, history);
  const running = history.replicaSets
    .filter(ownedBy(target.metadata.uid))
    .find((replicaSet) => revisionOf(replicaSet) === revision);
  const counts = newestFirst(about(target.metadata.uid, history.events)).flatMap(({ message = "" }) => {
    const [, name, now, before] = SCALED_TO_ZERO.exec(message) ?? [];
    // An older ReplicaSet that reached zero was replaced in a rollout.
    return name !== undefined && name === running?.metadata.name ? [Number(now ?? before)] : [];
  });
  const count = counts.find((found) => found > 0);
  return count === undefined ? undefined : { count, source: "event ScalingReplicaSet of its controller" };
}

function fromReplicaSets({ target, replicaSets }: Live): RecordedReplicas | undefined {
  const [newest] = replicaSets
    .filter(ownedBy(target.metadata.uid))
    .map(({ metadata }) => ({
      name: metadata.name,
      revision: revisionOf({ metadata } as typeof target) ?? 0,
      count: Number(metadata.annotations?.[DESIRED] ?? 0),
    }))
    .filter(({ count }) => Number.isInteger(count) && count > 0)
    .sort((a, b) => b.revision - a.revision);
  return newest && { count: newest.count, source: `annotation ${DESIRED} of ReplicaSet/${newest.name}` };
}

/** `delete Pod web-2 in StatefulSet web successful`: the highest of those that were not brought back. */
const DELETED = /^delete Pod \S+-(\d+) in StatefulSet /;

function fromOrdinals({ target, events }: Live): RecordedReplicas | undefined {
  const sorted = newestFirst(about(target.metadata.uid, events));
  const created = sorted.findIndex(({ reason }) => reason === "SuccessfulCreate");
  const ordinals = sorted
    .slice(0, created < 0 ? sorted.length : created)
    .flatMap(({ message = "" }) => DELETED.exec(message)?.[1] ?? [])
    .map(Number);
  if (ordinals.length === 0) return undefined;
  return { count: Math.max(...ordinals) + 1, source: "events SuccessfulDelete of its controller" };
}

function about(uid: string, events: readonly ControllerEvent[]): readonly ControllerEvent[] {
  return events.filter(({ involvedObject }) => involvedObject?.uid === uid);
}

function newestFirst(events: readonly ControllerEvent[]): readonly ControllerEvent[] {
  const at = ({ lastTimestamp, metadata }: ControllerEvent) => Date.parse(lastTimestamp ?? metadata.creationTimestamp);
  return events.toSorted((a, b) => at(b) - at(a));
}
