import type { KubeObject } from "../object.ts";
import { parseFieldSelector } from "../select/field-selector.ts";
import { parseLabelSelector } from "../select/label-selector.ts";
import type { TargetRequest } from "./request.ts";

/** The objects that a list, watch or deletecollection is about. Throws 400 on a selector that does not parse. */
export function selectionOf({ target, query }: TargetRequest): (object: KubeObject) => boolean {
  const byLabel = parseLabelSelector(query.get("labelSelector") ?? "");
  const byField = parseFieldSelector(query.get("fieldSelector") ?? "", target.resource);
  const { namespace, name } = target;
  return (object) =>
    (namespace === "" || object.metadata.namespace === namespace) &&
    (name === "" || object.metadata.name === name) &&
    byLabel(object.metadata.labels ?? {}) &&
    byField(object);
}
