import { badRequest } from "../api-error.ts";
import { valueAt } from "../json.ts";
import type { KubeObject } from "../object.ts";
import type { Resource } from "../resources/resource.ts";

const OF_EVERY_KIND = ["metadata.name", "metadata.namespace"];

const OF_EVENT_TARGET = ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"];

const BY_KIND: Readonly<Record<string, readonly string[]>> = {
  Pod: [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "status.phase",
    "status.podIP",
  ],
  Event: [
    ...OF_EVENT_TARGET.flatMap((field) => [`involvedObject.${field}`, `regarding.${field}`]),
    "reason",
    "reportingComponent",
    "reportingController",
    "type",
  ],
  Namespace: ["status.phase"],
  Node: ["spec.unschedulable"],
  ReplicaSet: ["status.replicas"],
  Secret: ["type"],
  Job: ["status.successful"],
};

/** A `fieldSelector` parameter as a predicate over stored objects. Throws 400 on a field that the kind does not offer. */
export function parseFieldSelector(selector: string, resource: Resource): (object: KubeObject) => boolean {
  const tests = selector
    .split(",")
    .filter((part) => part !== "")
    .map((part) => parseTerm(part, resource));
  return (object) => tests.every((matches) => matches(object));
}

function parseTerm(term: string, resource: Resource): (object: KubeObject) => boolean {
  const [, field, operator, value] = /^([^=!]+)(==|=|!=)(.*)$/.exec(term) ?? [];
  if (field === undefined) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
  const known = [...OF_EVERY_KIND, ...(BY_KIND[resource.kind] ?? [])];
  if (!known.includes(field)) {
    throw badRequest(`"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`);
  }
  const path = storedPath(field);
  return (object) => (textAt(object, path) === value) === (operator !== "!=");
}

/** Events are stored as `v1`, whichever version's field names are used. */
function storedPath(field: string): readonly string[] {
  return field
    .replace(/^regarding\./, "involvedObject.")
    .replace(/^reportingController$/, "reportingComponent")
    .split(".");
}

function textAt(object: KubeObject, path: readonly string[]): string {
  const value = valueAt(object, path);
  return value === undefined || value === null ? "" : String(value);
}
