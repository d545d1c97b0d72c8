import type { KubeObject } from "../object.ts";
import { apiVersionOf, type Resource } from "../resources/resource.ts";
import { renderTable } from "../table/render.ts";
import type { ApiRequest } from "./request.ts";

export type Form = "object" | "table" | "metadata";

/** How the client wants objects: by its Accept header. */
export function formOf({ accept }: ApiRequest): Form {
  const [first = ""] = accept.split(",");
  if (first.includes("as=Table")) return "table";
  return first.includes("as=PartialObjectMetadata") ? "metadata" : "object";
}

export function presentObject(resource: Resource, object: KubeObject, rest: { form: Form; nowMs: number }): unknown {
  if (rest.form === "table") {
    const { resourceVersion } = object.metadata;
    return { ...renderTable(resource, [object], rest.nowMs), metadata: { resourceVersion } };
  }
  const { codec } = resource;
  return rest.form === "metadata" ? metadataOnly(object) : (codec?.fromStorage(object) ?? object);
}

interface ListMeta {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

export function presentList(
  resource: Resource,
  objects: readonly KubeObject[],
  rest: { readonly form: Form; readonly nowMs: number; readonly metadata: ListMeta },
): unknown {
  if (rest.form === "table") return { ...renderTable(resource, objects, rest.nowMs), metadata: rest.metadata };
  if (rest.form === "metadata") {
    const items = objects.map(metadataOnly);
    return { kind: "PartialObjectMetadataList", apiVersion: "meta.k8s.io/v1", metadata: rest.metadata, items };
  }
  return {
    kind: `${resource.kind}List`,
    apiVersion: apiVersionOf(resource),
    metadata: resource.custom ? { continue: "", ...rest.metadata } : rest.metadata,
    items: objects.map((object) => listItem(resource, object)),
  };
}

/** Items of built-in lists carry no kind of their own, as the API server sends them. */
function listItem(resource: Resource, object: KubeObject): unknown {
  if (resource.custom) return object;
  const { apiVersion: _, kind: __, ...rest } = resource.codec?.fromStorage(object) ?? object;
  return rest;
}

function metadataOnly({ metadata }: KubeObject): unknown {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata };
}
