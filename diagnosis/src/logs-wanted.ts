import { troublesOf } from "./analyzers/pods/container-trouble.ts";
import { indexSnapshot } from "./snapshot/index-snapshot.ts";
import { containerStates } from "./snapshot/pod-state.ts";
import type { LogRequest, Snapshot, SnapshotObject } from "./snapshot/snapshot.ts";

const MAX_LOGS = 20;
const PODS_PER_TROUBLE = 2;

/** At most 20 logs that make the diagnosis sharper: the last run of ended containers, one pod of each workload first. */
export function logsWanted(snapshot: Snapshot): readonly LogRequest[] {
  const troubles = troublesOf(indexSnapshot(snapshot)).filter(({ className }) => className === "crash");
  const rounds = Array.from({ length: PODS_PER_TROUBLE }, (_, round) =>
    troubles.flatMap(({ pod, pods, container }) => {
      const candidate = [pod, ...pods.filter((other) => other !== pod)][round];
      return candidate ? [requestFor(candidate, container)] : [];
    }),
  );
  return rounds.flat().slice(0, MAX_LOGS);
}

/** A container that stands ended has its last words in its present log; one that waits or runs again, in the previous one. */
function requestFor(pod: SnapshotObject, container: string): LogRequest {
  const state = containerStates(pod).find(({ name }) => name === container);
  const previous = (state?.restarts ?? 0) > 0 && !state?.ended;
  return { namespace: pod.metadata.namespace ?? "", pod: pod.metadata.name, container, previous };
}
