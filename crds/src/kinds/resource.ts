/** Metadata as the API server sends it; only what readers of our kinds use. */
export interface ResourceMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** One object of our group. */
export interface Resource<Spec, Status = undefined> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ResourceMeta;
  readonly spec: Spec;
  readonly status?: Status;
}
