import type { KubeObject, OwnerReference } from "@sre-agent/kube";
import type { LoggedEvent } from "./event-log.ts";
import type { WatchedPod, WatchedWorkload } from "./workload.ts";

/** uid of an object → uid of what controls it. */
export type Owners = ReadonlyMap<string, string>;

/** What is kept of a ReplicaSet: it stands between a Deployment and its pods, and that is all. */
export interface WatchedReplicaSet {
  readonly uid: string;
  readonly owner: string | undefined;
}

export function replicaSetOf({ metadata }: KubeObject): WatchedReplicaSet {
  return { uid: metadata.uid, owner: controllerOf(metadata.ownerReferences) };
}

/** uid of the controller among `references`. */
export function controllerOf(references: readonly OwnerReference[] = []): string | undefined {
  return references.find(({ controller }) => controller === true)?.uid;
}

/** Nothing in between is deeper: a pod, its ReplicaSet, its Deployment. */
const MAX_DEPTH = 4;

/** What controls `uid` in the end, by uid alone: names can be reused, and one can begin with another. */
function rootOf(uid: string | undefined, owners: Owners): string | undefined {
  let root = uid;
  for (let depth = 0; depth < MAX_DEPTH && root !== undefined; depth += 1) {
    const owner = owners.get(root);
    if (owner === undefined) return root;
    root = owner;
  }
  return root;
}

/** What each workload owns, so that it looks at its own only. */
export interface Possessions {
  podsOf(workload: Pick<WatchedWorkload, "uid">): readonly WatchedPod[];
  /** About the workload itself or anything that it owns. */
  eventsOf(workload: Pick<WatchedWorkload, "uid">): readonly LoggedEvent[];
}

export interface Owned {
  readonly pods: readonly WatchedPod[];
  readonly replicaSets: readonly WatchedReplicaSet[];
  readonly events: readonly LoggedEvent[];
  /** Owners of pods and ReplicaSets that are gone. */
  readonly departed: Owners;
}

export function possessionsOf({ pods, replicaSets, events, departed }: Owned): Possessions {
  const owners = new Map(departed);
  for (const { uid, owner } of [...replicaSets, ...pods]) if (owner !== undefined) owners.set(uid, owner);
  const podGroups = Map.groupBy(pods, ({ owner }) => rootOf(owner, owners));
  const eventGroups = Map.groupBy(events, ({ about }) => rootOf(about, owners));
  return {
    podsOf: ({ uid }) => podGroups.get(uid) ?? [],
    eventsOf: ({ uid }) => eventGroups.get(uid) ?? [],
  };
}

/** Remembers whose the latest deleted objects were: an Event often tells of a pod that is gone already. */
export interface Departed {
  note(gone: { readonly uid: string; readonly owner: string | undefined }): void;
  readonly owners: Owners;
}

const MAX_DEPARTED = 1_000;

export function createDeparted(): Departed {
  const owners = new Map<string, string>();
  return {
    owners,
    note({ uid, owner }) {
      if (owner === undefined) return;
      const [oldest] = owners.keys();
      if (owners.size >= MAX_DEPARTED && oldest !== undefined) owners.delete(oldest);
      owners.set(uid, owner);
    },
  };
}
