import type { KindRef, KubeObject, ObjectRef } from "./object.ts";

/**
 * What a component may do to a cluster is the type it is given: most get a Reader, nobody gets the transport.
 * Every method throws KubeError and nothing else.
 */

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Default 15,000. */
  readonly timeoutMs?: number;
}

export interface ListOptions extends CallOptions {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Items a page; default 500. */
  readonly limit?: number;
  readonly continue?: string;
  /** Arrays that the items are read without. managedFields are often more than half of an item. */
  readonly leaveOut?: readonly ("managedFields" | "images")[];
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  readonly continue?: string;
  /** `remainingItemCount` when the API server tells. */
  readonly remaining?: number;
}

/** All pages up to a bound. `truncated` says that the bound cut the list. */
export interface BoundedList<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  readonly truncated: boolean;
}

/** A server-side table (`as=Table`), the columns a person sees in `kubectl get`. */
export interface Table {
  readonly columns: readonly { readonly name: string; readonly type: string; readonly priority: number }[];
  readonly rows: readonly {
    readonly cells: readonly (string | number | boolean | null)[];
    readonly namespace?: string;
    readonly name: string;
  }[];
  readonly continue?: string;
  readonly remaining?: number;
}

export interface LogOptions extends CallOptions {
  readonly namespace: string;
  readonly pod: string;
  readonly container?: string;
  readonly previous?: boolean;
  /** Default 2,000. */
  readonly tailLines?: number;
  /** Default 1 MiB. */
  readonly limitBytes?: number;
  readonly sinceSeconds?: number;
  readonly timestamps?: boolean;
}

/** One kind that the API server serves, from discovery. */
export interface ResourceType extends KindRef {
  /** Plural, as in a URL: `deployments`. */
  readonly resource: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly categories: readonly string[];
}

/**
 * Reads. Secret values never leave it: `data` and `stringData` of a Secret keep their keys and lose their values;
 * managedFields keep manager, operation, time and subresource only; the last-applied annotation is dropped.
 */
export interface Reader {
  get<T extends KubeObject = KubeObject>(ref: ObjectRef, options?: CallOptions): Promise<T>;
  /** One page, consistent (resourceVersion unset). */
  list<T extends KubeObject = KubeObject>(kind: KindRef, options?: ListOptions): Promise<Page<T>>;
  /** Pages until the end or `maxItems` (default 5,000). */
  listAll<T extends KubeObject = KubeObject>(
    kind: KindRef,
    options?: ListOptions & { readonly maxItems?: number },
  ): Promise<BoundedList<T>>;
  table(kind: KindRef, options?: ListOptions): Promise<Table>;
  logs(options: LogOptions): Promise<string>;
  /** Every served kind; cached for 5 minutes, refreshed on a miss of `resolve`. */
  discover(options?: CallOptions): Promise<readonly ResourceType[]>;
  /** Kind, plural, singular or short name (`deploy`, `Deployment`, `deployments.apps`); UNKNOWN_KIND lists near names. */
  resolve(name: string, options?: CallOptions): Promise<ResourceType>;
  /** GET of a path that is no object: `/version`, `/readyz`, metrics. Parsed JSON, or text when it is none. */
  raw(path: string, options?: CallOptions): Promise<unknown>;
}

export type JsonPatch = readonly (
  | { readonly op: "test" | "add" | "replace"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string }
)[];

/** Server-side dry run and nothing else: every request it can build carries `dryRun=All`. */
export interface Previewer {
  /** The object as it would be. A failed `test` operation throws INVALID. */
  patch<T extends KubeObject = KubeObject>(ref: ObjectRef, patch: JsonPatch, options?: CallOptions): Promise<T>;
}

/** Writes objects of our own API group; refuses (throws INVALID before any request) every other group. */
export interface RecordWriter {
  create<T extends KubeObject = KubeObject>(object: NewObject, options?: CallOptions): Promise<T>;
  /** Merge patch on the main resource. With `resourceVersion` in the patch's metadata it is a compare-and-swap. */
  merge<T extends KubeObject = KubeObject>(ref: ObjectRef, patch: object, options?: CallOptions): Promise<T>;
  /**
   * Replaces `.status` as a whole through `/status` by JSON Patch with `test` on uid and resourceVersion:
   * CONFLICT when the object changed since it was read, so that one writer never overwrites another.
   */
  replaceStatus<T extends KubeObject = KubeObject>(
    object: KubeObject,
    status: object,
    options?: CallOptions,
  ): Promise<T>;
  delete(ref: ObjectRef, options?: CallOptions & { readonly uid?: string }): Promise<void>;
}

/** An object that the API server has not seen: no uid, no resourceVersion. */
export interface NewObject extends KindRef {
  readonly metadata: {
    readonly name?: string;
    readonly generateName?: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly object[];
    readonly finalizers?: readonly string[];
  };
  readonly [field: string]: unknown;
}

/** Changes workloads. Built in one place, given to the act controller alone. */
export interface Writer {
  /** JSON Patch with fieldManager `sre-agent`; preconditions are `test` operations inside the patch. */
  patch<T extends KubeObject = KubeObject>(ref: ObjectRef, patch: JsonPatch, options?: CallOptions): Promise<T>;
  /** `pods/eviction` with a uid precondition. TOO_MANY_REQUESTS when a PodDisruptionBudget forbids it. */
  evict(
    pod: { readonly namespace: string; readonly name: string; readonly uid: string },
    options?: CallOptions,
  ): Promise<void>;
}

/** Who asks, as authentication told: never taken from a caller's argument. */
export interface UserInfo {
  readonly username: string;
  readonly groups?: readonly string[];
  readonly uid?: string;
}

export interface AccessQuestion {
  readonly user: UserInfo;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** Asks the API server who somebody is and what somebody may. */
export interface Reviewer {
  /** SubjectAccessReview. */
  may(question: AccessQuestion, options?: CallOptions): Promise<{ readonly allowed: boolean; readonly reason: string }>;
  /** TokenReview: the authenticated user, or undefined when the token is not valid for the audience. */
  authenticate(token: string, audience: string, options?: CallOptions): Promise<UserInfo | undefined>;
}

/** Kubernetes Events (`events.k8s.io/v1`) about an object; best effort, deduplicated, never throws. */
export interface EventRecorder {
  record(event: {
    readonly regarding: KubeObject;
    readonly type: "Normal" | "Warning";
    readonly reason: string;
    readonly action: string;
    /** Cut to 1,024 characters. */
    readonly note: string;
  }): Promise<void>;
}
