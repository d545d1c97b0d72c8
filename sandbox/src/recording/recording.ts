/** A namespace of some cluster at one moment: what an incident file holds. */
export interface Recording {
  /** When it was read, RFC 3339. */
  readonly now: string;
  /** With their status, uid and owners. */
  readonly objects: readonly RecordedObject[];
  readonly logs: readonly RecordedLog[];
}

export interface RecordedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

export interface RecordedLog {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly previous: boolean;
  readonly text: string;
}
