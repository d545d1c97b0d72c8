import type { Clock } from "../clock.ts";
import type { Timing } from "../incidents/incident.ts";
import type { JsonRecord } from "../json.ts";
import { type KubeObject, keyOf, type OwnerReference } from "../object.ts";
import type { Restored } from "../recording/restore.ts";
import type { Registry } from "../registry/registry.ts";
import type { Resource } from "../resources/resource.ts";
import type { EventWriter } from "./events.ts";
import type { Stillness } from "./stillness.ts";

/** What every controller works with. */
export interface Context {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly timing: Timing;
  readonly events: EventWriter;
  readonly stillness: Stillness;
  /** Absent: nothing was recorded. */
  readonly restored?: Restored;
  suffix(): string;
}

/** Level-based: looks at everything, brings it forward, and says when to look again (Infinity: after the next change). */
export interface Controller {
  reconcile(): number;
}

export function controllerOf({ metadata }: KubeObject): OwnerReference | undefined {
  return metadata.ownerReferences?.find((owner) => owner.controller === true);
}

export function controllerReference({ apiVersion, kind, metadata }: KubeObject): OwnerReference {
  const { name, uid } = metadata;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

interface Write {
  readonly resource: Resource;
  readonly object: KubeObject;
  readonly manager: string;
}

/** Writes a status; the object as it is now when it is gone. */
export function writeStatus({ registry }: Context, write: Write & { readonly status: JsonRecord }): KubeObject {
  const { resource, object, manager, status } = write;
  return (
    change(registry, { ...write, subresource: "status" }, (current) => ({ ...current, status })) ?? {
      ...object,
      kind: resource.kind,
      ...(manager === "" ? {} : { status }),
    }
  );
}

/** Changes the main resource; undefined when it is gone. */
export function writeObject(
  { registry }: Context,
  write: Write & { readonly subresource?: string },
  edit: (current: KubeObject) => KubeObject,
): KubeObject | undefined {
  return change(registry, write, edit);
}

function change(
  registry: Registry,
  { resource, object, manager, subresource }: Write & { readonly subresource?: string },
  edit: (current: KubeObject) => KubeObject,
): KubeObject | undefined {
  const key = keyOf(object);
  if (registry.store.get(resource.storage, key) === undefined) return undefined;
  const options = { manager, ...(subresource === undefined ? {} : { subresource }) };
  return registry.update({ resource, key, options, change: edit });
}
