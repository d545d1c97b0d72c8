import { troublesOf } from "./analyzers/container-trouble.ts";
import { indexSnapshot } from "./snapshot/index-snapshot.ts";
import type { LogRequest, Snapshot, SnapshotObject } from "./snapshot/snapshot.ts";

const MAX_LOGS = 20;
const PODS_PER_TROUBLE = 2;

/** At most 20 logs that make the diagnosis sharper: the last run of ended containers, one pod of each workload first. */
export function logsWanted(snapshot: Snapshot): readonly LogRequest[] {
  const troubles = troublesOf(indexSnapshot(snapshot)).filter(({ className }) => className === "crash");
  const rounds = Array.from({ length: PODS_PER_TROUBLE }, (_, round) =>
    troubles.flatMap(({ pod, pods, container, state }) => {
      const candidate = [pod, ...pods.filter((other) => other !== pod)][round];
      return candidate ? [requestFor(candidate, container, state.restarts > 0)] : [];
    }),
  );
  return rounds.flat().slice(0, MAX_LOGS);
}

function requestFor({ metadata }: SnapshotObject, container: string, previous: boolean): LogRequest {
  return { namespace: metadata.namespace ?? "", pod: metadata.name, container, previous };
}
