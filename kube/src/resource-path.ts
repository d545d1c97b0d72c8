import type { ResourceType } from "./access.ts";
import { KubeError } from "./error.ts";

export interface Place {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

/** The path of one object: `/apis/apps/v1/namespaces/shop/deployments/web/status`. */
export function objectPath(type: ResourceType, place: Place & { readonly name: string }): string {
  if (type.namespaced && place.namespace === undefined) throw invalid(`A ${type.kind} is named with its namespace.`);
  return pathOf(type, place);
}

/** The path of a collection: in one namespace, or all of them. */
export function collectionPath(type: ResourceType, namespace: string | undefined): string {
  return pathOf(type, { namespace });
}

function pathOf(type: ResourceType, { namespace, name, subresource }: Place): string {
  if (!type.namespaced && namespace !== undefined) {
    throw invalid(`A ${type.kind} belongs to no namespace: leave the namespace out.`);
  }
  const segments = [
    type.apiVersion.includes("/") ? "apis" : "api",
    ...type.apiVersion.split("/"),
    ...(namespace === undefined ? [] : ["namespaces", segment(namespace, "namespace")]),
    type.resource,
    ...(name === undefined ? [] : [segment(name, "name")]),
    ...(subresource === undefined ? [] : [subresource]),
  ];
  return `/${segments.join("/")}`;
}

/** One path segment. An empty or dotted one would turn the request into another request. */
export function segment(text: string, what: string): string {
  if (text === "" || text === "." || text === ".." || /[/%\\]/.test(text)) {
    throw invalid(`"${text}" is no ${what} of an object.`);
  }
  return encodeURIComponent(text);
}

function invalid(message: string): KubeError {
  return new KubeError(message, { code: "INVALID" });
}
