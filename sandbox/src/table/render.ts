import type { KubeObject } from "../object.ts";
import type { Resource } from "../resources/resource.ts";

/** Stored objects as a `meta.k8s.io/v1` Table with metadata-only objects. */
export function renderTable(resource: Resource, objects: readonly KubeObject[], nowMs: number) {
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: {},
    columnDefinitions: resource.columns.columns,
    rows: objects.map((object) => ({
      cells: resource.columns.cells(object, nowMs),
      object: { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata },
    })),
  };
}
