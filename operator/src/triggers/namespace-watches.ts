import type { TRIGGER_KINDS } from "@sre-agent/crds";
import type { KubeObject, Reflector } from "@sre-agent/kube";
import type { Watch } from "../watch.ts";
import { createEventLog, type EventObject, eventOf, type LoggedEvent, type WatchedEvent } from "./event-log.ts";
import { createDeparted, type Departed, type Owners, replicaSetOf, type WatchedReplicaSet } from "./ownership.ts";
import { createSharedWatches, type SharedWatch, type SharedWatches } from "./shared-watches.ts";
import {
  type PodObject,
  podOf,
  type WatchedPod,
  type WatchedWorkload,
  type WorkloadObject,
  workloadOf,
} from "./workload.ts";

type WorkloadKind = (typeof TRIGGER_KINDS)[number];
export type WatchedKind = WorkloadKind | "ReplicaSet" | "Pod" | "Event";

/** Watches of one kind in one namespace, by `namespace/kind`. */
export interface NamespaceWatches {
  readonly workloads: SharedWatches<WatchedWorkload>;
  readonly replicaSets: SharedWatches<WatchedReplicaSet>;
  readonly pods: SharedWatches<WatchedPod>;
  readonly events: SharedWatches<LoggedEvent>;
  of(kind: WatchedKind): SharedWatches<unknown>;
  /** Owners of what was deleted in the namespace while it was watched. */
  departed(namespace: string): Owners;
}

export function createNamespaceWatches(watch: Watch, onChange: (holder: string) => void): NamespaceWatches {
  /** By watch, as long as it runs. */
  const departed = new Map<string, Departed>();

  function owned<T extends WatchedPod | WatchedReplicaSet, O extends KubeObject>(
    apiVersion: string,
    project: (object: O) => T,
  ): SharedWatches<T> {
    return createSharedWatches<T>((id, tell) => {
      const gone = createDeparted();
      departed.set(id, gone);
      const changed = (_key: string, old: T | undefined, now: T | undefined) => {
        if (old !== undefined && now === undefined) gone.note(old);
        tell();
      };
      const { run, ...copy } = shared(watch<T, O>({ ...placeOf(apiVersion, id), project, onChange: changed }));
      const forget = () => {
        // The same watch may have begun anew meanwhile.
        if (departed.get(id) === gone) departed.delete(id);
      };
      return { ...copy, run: (signal) => run(signal).finally(forget) };
    }, onChange);
  }

  const workloads = createSharedWatches<WatchedWorkload>((id, tell) => watchWorkloads(watch, id, tell), onChange);
  const replicaSets = owned<WatchedReplicaSet, KubeObject>("apps/v1", replicaSetOf);
  const pods = owned<WatchedPod, PodObject>("v1", podOf);
  const events = createSharedWatches<LoggedEvent>((id, tell) => watchEvents(watch, id, tell), onChange);
  const others = { ReplicaSet: replicaSets, Pod: pods, Event: events };
  return {
    workloads,
    replicaSets,
    pods,
    events,
    of: (kind) => (kind in others ? others[kind as keyof typeof others] : workloads),
    departed: (namespace) =>
      new Map(["Pod", "ReplicaSet"].flatMap((kind) => [...(departed.get(`${namespace}/${kind}`)?.owners ?? [])])),
  };
}

function placeOf(apiVersion: string, id: string) {
  const [namespace = "", kind = ""] = id.split("/");
  return { namespace, kind: { apiVersion, kind } };
}

function shared<T>(reflector: Reflector<T>): SharedWatch<T> {
  return { run: (signal) => reflector.run(signal), synced: reflector.synced, list: () => reflector.store.list() };
}

function watchWorkloads(watch: Watch, id: string, onChange: () => void): SharedWatch<WatchedWorkload> {
  const where = placeOf("apps/v1", id);
  const project = (object: WorkloadObject) => workloadOf(object, where.kind.kind);
  return shared(watch<WatchedWorkload, WorkloadObject>({ ...where, project, onChange }));
}

function watchEvents(watch: Watch, id: string, tell: () => void): SharedWatch<LoggedEvent> {
  const log = createEventLog();
  const onChange = (key: string, _old: WatchedEvent | undefined, now: WatchedEvent | undefined) => {
    log.note(key, now);
    tell();
  };
  const reflector = watch<WatchedEvent, EventObject>({ ...placeOf("v1", id), project: eventOf, onChange });
  return { ...shared(reflector), list: log.list };
}
