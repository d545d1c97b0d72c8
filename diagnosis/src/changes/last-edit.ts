import type { PrecedingChange } from "@sre-agent/crds";
import { clip, subjectOf } from "../findings/draft.ts";
import { objectAt, objectsAt, textAt, valueAt } from "../snapshot/json.ts";
import type { SnapshotObject } from "../snapshot/snapshot.ts";

/** An entry this much younger than its object is an edit, not the creation. */
const CREATION_MS = 5_000;

/**
 * Who wrote a field of `object` last, by its managedFields, which go two levels deep: `spec.selector`. Undefined when the
 * field is as it was created, or when nothing is recorded.
 */
export function lastEdit(object: SnapshotObject, field: string): PrecedingChange | undefined {
  const steps = field.split(".").map((name) => `f:${name}`);
  const createdMs = Date.parse(object.metadata.creationTimestamp ?? "");
  const writer = objectsAt(object, "metadata", "managedFields")
    .filter((entry) => valueAt(objectAt(entry, "fieldsV1"), ...steps) !== undefined)
    .filter((entry) => Date.parse(textAt(entry, "time") ?? "") > createdMs + CREATION_MS)
    .sort((a, b) => ((textAt(a, "time") ?? "") < (textAt(b, "time") ?? "") ? -1 : 1))
    .at(-1);
  const at = textAt(writer, "time");
  if (at === undefined) return undefined;
  const by = textAt(writer, "manager");
  return { object: subjectOf(object), what: `${field} was written`, at, ...(by ? { by: clip(by, 256) } : {}) };
}
