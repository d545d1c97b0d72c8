import { objectAt, objectsAt, textAt } from "../snapshot/json.ts";
import type { SnapshotObject } from "../snapshot/snapshot.ts";

/** When a client last wrote a part of an object, and which one. */
export interface Write {
  readonly at: string;
  readonly by: string;
}

/**
 * The last write of the fields at `steps` (at most two levels deep: `data`; `spec`, `selector`), by the times of
 * managedFields. Undefined when none is recorded, or when the object has not been written since it was created.
 */
export function lastWrite(object: SnapshotObject, ...steps: readonly string[]): Write | undefined {
  const fields = steps.map((step) => `f:${step}`);
  const [newest] = objectsAt(object, "metadata", "managedFields")
    .filter((entry) => fields.length === 0 || owns(entry, fields))
    .map((entry) => ({ at: textAt(entry, "time") ?? "", by: textAt(entry, "manager") ?? "" }))
    .sort((a, b) => (a.at > b.at ? -1 : 1));
  const created = object.metadata.creationTimestamp ?? "";
  return newest !== undefined && newest.at > created ? newest : undefined;
}

function owns(entry: unknown, fields: readonly string[]): boolean {
  const parents = objectAt(entry, "fieldsV1", ...fields.slice(0, -1));
  return parents[fields.at(-1) ?? ""] !== undefined;
}
