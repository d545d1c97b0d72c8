import { preconditionFailed } from "../api-error.ts";
import { timestamp } from "../clock.ts";
import { numberOf } from "../json.ts";
import type { KubeObject } from "../object.ts";
import type { Resource } from "../resources/resource.ts";

export interface DeleteOptions {
  readonly dryRun?: boolean;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly gracePeriodSeconds?: number;
}

export interface Deletion {
  readonly object: KubeObject;
  /** False: the object stays, marked, until its finalizers or its grace period are over. */
  readonly removed: boolean;
}

export function refuseUnmet(resource: Resource, { metadata }: KubeObject, options: DeleteOptions): void {
  const { uid, resourceVersion: version } = options;
  if (uid !== undefined && uid !== metadata.uid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`;
    throw preconditionFailed(resource, metadata.name, why);
  }
  if (version !== undefined && version !== metadata.resourceVersion) {
    const why = `the ResourceVersion in the precondition (${version}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`;
    throw preconditionFailed(resource, metadata.name, why);
  }
}

/** The object marked for deletion, or undefined when nothing keeps it from going at once. */
export function markedForDeletion(
  resource: Resource,
  object: KubeObject,
  rest: { readonly options: DeleteOptions; readonly nowMs: number },
): KubeObject | undefined {
  const grace = resource.kind === "Pod" ? graceSeconds(object, rest.options) : 0;
  const stays = grace > 0 || resource.kind === "Namespace" || (object.metadata.finalizers ?? []).length > 0;
  if (!stays) return undefined;
  if (object.metadata.deletionTimestamp !== undefined) return object;
  return {
    ...object,
    metadata: {
      ...object.metadata,
      deletionTimestamp: timestamp(rest.nowMs + grace * 1_000),
      deletionGracePeriodSeconds: grace,
      ...(object.metadata.generation === undefined ? {} : { generation: object.metadata.generation + 1 }),
    },
    ...(resource.kind === "Namespace" ? { status: { ...object.status, phase: "Terminating" } } : {}),
  };
}

/** A pod that no node has needs no time to stop. */
function graceSeconds(pod: KubeObject, { gracePeriodSeconds }: DeleteOptions): number {
  if (pod.spec?.["nodeName"] === undefined) return 0;
  return gracePeriodSeconds ?? numberOf(pod.spec?.["terminationGracePeriodSeconds"]);
}
