/** A kind as an object names it: `apiVersion: apps/v1`, `kind: Deployment`. */
export interface KindRef {
  readonly apiVersion: string;
  readonly kind: string;
}

/** One object. `namespace` is absent for cluster-scoped kinds. */
export interface ObjectRef extends KindRef {
  readonly namespace?: string;
  readonly name: string;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly operation?: string;
  readonly time?: string;
  readonly subresource?: string;
  /** Field names (`f:spec`) as nested objects; the reader leaves the topmost levels. */
  readonly fieldsV1?: object;
}

/** metav1.ObjectMeta as the API server sends it (times are RFC 3339 strings). */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
  readonly managedFields?: readonly ManagedFieldsEntry[];
}

/** Any object of the API, typed by the caller: `reader.get<Deployment>(ref)`. */
export interface KubeObject extends KindRef {
  readonly metadata: ObjectMeta;
}
