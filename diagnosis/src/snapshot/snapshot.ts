/** An object as the API sends it, of any kind; beyond identity nothing of it is trusted to have a type. */
export interface SnapshotObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: SnapshotMeta;
  readonly [field: string]: unknown;
}

export interface SnapshotMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly SnapshotOwner[];
  readonly [field: string]: unknown;
}

export interface SnapshotOwner {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
}

/** Which log: `previous` is that of the container's run before the present one. */
export interface LogRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly previous: boolean;
}

export interface PodLog extends LogRequest {
  readonly text: string;
}

/** Everything a diagnosis may look at. `gaps` says in words what could not be read. */
export interface Snapshot {
  /** ISO 8601: the moment the objects were read. */
  readonly now: string;
  readonly namespaces: readonly string[];
  readonly objects: readonly SnapshotObject[];
  readonly logs: readonly PodLog[];
  readonly gaps: readonly string[];
  /** The same about kinds that an ordinary reader of a namespace has no right to: nothing is wrong with the reading. */
  readonly beyond?: readonly string[];
  /** Kinds that could not be read: that none of theirs is here says nothing. */
  readonly unread?: readonly string[];
}
