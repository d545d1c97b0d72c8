import { isDeepStrictEqual } from "node:util";
import { ApiError, badRequest, invalid, modified } from "../api-error.ts";
import type { KubeObject } from "../object.ts";
import { apiVersionOf, type Resource } from "../resources/resource.ts";

interface MergeRequest {
  readonly resource: Resource;
  readonly current: KubeObject;
  readonly wanted: KubeObject;
  readonly options: { readonly subresource?: string; readonly patching?: boolean };
}

/**
 * What an update may change: through `/status` the status alone, otherwise everything but the status of kinds that have
 * one; never identity. Throws 409 when the writer saw another version.
 */
export function merged({ resource, current, wanted, options }: MergeRequest): KubeObject {
  refuseOtherIdentity(resource, current, wanted);
  refuseStale(resource, current, { wanted, patching: options.patching === true });
  if (options.subresource === "status") {
    const { status: _, ...rest } = current;
    return wanted.status === undefined ? (rest as KubeObject) : { ...current, status: wanted.status };
  }
  const { status, ...rest } = wanted;
  const kept = resource.hasStatus ? current.status : status;
  return {
    ...rest,
    metadata: metadataOf(current, wanted),
    ...(kept === undefined ? {} : { status: kept }),
  } as KubeObject;
}

function metadataOf({ metadata: current }: KubeObject, { metadata: wanted }: KubeObject): KubeObject["metadata"] {
  const { labels, annotations, ownerReferences, finalizers } = wanted;
  const { labels: _, annotations: __, ownerReferences: ___, finalizers: ____, ...identity } = current;
  return {
    ...identity,
    ...(hasEntries(labels) ? { labels } : {}),
    ...(hasEntries(annotations) ? { annotations } : {}),
    ...(ownerReferences?.length ? { ownerReferences } : {}),
    ...(finalizers?.length ? { finalizers } : {}),
  };
}

function hasEntries(map: object | undefined | null): map is Readonly<Record<string, string>> {
  return map !== undefined && map !== null && Object.keys(map).length > 0;
}

function refuseOtherIdentity(
  resource: Resource,
  current: KubeObject,
  { metadata, apiVersion, kind }: KubeObject,
): void {
  const { name } = current.metadata;
  if (metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  }
  if (kind !== resource.kind || ![apiVersionOf(resource), current.apiVersion].includes(apiVersion)) {
    throw badRequest(`the API version in the data (${apiVersion}) does not match the expected API version`);
  }
  if (metadata.uid && metadata.uid !== current.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${current.metadata.uid}`;
    const message = `Operation cannot be fulfilled on ${resource.plural} "${name}": ${why}`;
    throw new ApiError(409, message, { reason: "Conflict", details: { name, kind: resource.plural } });
  }
}

function refuseStale(
  resource: Resource,
  { metadata: current }: KubeObject,
  { wanted, patching }: { readonly wanted: KubeObject; readonly patching: boolean },
): void {
  const version = wanted.metadata.resourceVersion;
  if (version === undefined || version === "") {
    if (!resource.custom || patching) return;
    const message = "Invalid value: 0: must be specified for an update";
    const cause = { reason: "FieldValueInvalid", message, field: "metadata.resourceVersion" };
    throw invalid({ ...resource, kind: resource.plural }, current.name, [cause]);
  }
  if (version !== current.resourceVersion) throw modified(resource, current.name);
}

/** Built-in kinds of which the API server counts the generations. */
const COUNTED = new Set(["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Pod", "Job", "CronJob", "Ingress"]);
COUNTED.add("NetworkPolicy").add("PodDisruptionBudget").add("CustomResourceDefinition");

/** The generation after a change, or the first one; nothing for kinds that have none. */
export function countsGeneration(
  resource: Resource,
  next?: KubeObject,
  before?: KubeObject,
): { readonly generation?: number } {
  if (!resource.custom && !COUNTED.has(resource.kind)) return {};
  if (next === undefined || before === undefined) return { generation: 1 };
  const generation = before.metadata.generation ?? 1;
  return { generation: isDeepStrictEqual(desired(next), desired(before)) ? generation : generation + 1 };
}

function desired({ metadata: _, status: __, ...rest }: KubeObject): unknown {
  return rest;
}
