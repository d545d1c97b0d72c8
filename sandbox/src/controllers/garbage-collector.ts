import { type KubeObject, keyOf } from "../object.ts";
import { builtIn } from "../resources/built-in.ts";
import type { Catalog } from "../resources/catalog.ts";
import type { Resource } from "../resources/resource.ts";
import type { Context, Controller } from "./context.ts";

const NAMESPACE = builtIn("Namespace");

/** Deletes what has lost all its owners and what lives in a namespace that goes, in the background. */
export function createGarbageCollector({ registry, stillness }: Context, catalog: Catalog): Controller {
  const { store } = registry;

  function everything(): readonly (readonly [Resource, KubeObject])[] {
    const resources = new Map(catalog.all().map((resource) => [resource.storage, resource]));
    return [...store.all()].flatMap(([storage, object]) => {
      const resource = resources.get(storage);
      return resource === undefined ? [] : [[resource, object] as const];
    });
  }

  function collectOrphans(objects: readonly (readonly [Resource, KubeObject])[]): void {
    const uids = new Set(objects.map(([, object]) => object.metadata.uid));
    for (const [resource, object] of objects) {
      const owners = object.metadata.ownerReferences ?? [];
      const present = owners.map((owner) => uids.has(owner.uid));
      // An owner of a kind that was not recorded is missing from the start.
      const isStill = stillness.holds("garbage collector", object, present);
      if (present.length > 0 && !present.includes(true) && !isStill) collect(resource, object);
    }
  }

  function collect(resource: Resource, object: KubeObject): void {
    if (object.metadata.deletionTimestamp !== undefined) return;
    if (store.get(resource.storage, keyOf(object)) !== undefined) registry.delete(resource, keyOf(object), {});
  }

  function emptyNamespaces(objects: readonly (readonly [Resource, KubeObject])[]): void {
    const leaving = store
      .list(NAMESPACE.storage)
      .filter((namespace) => !stillness.holds("namespace", namespace, [namespace.metadata.deletionTimestamp]))
      .filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
    for (const namespace of leaving) {
      const content = objects.filter(([, object]) => object.metadata.namespace === namespace.metadata.name);
      for (const [resource, object] of content) collect(resource, object);
      if (content.length === 0) store.remove(NAMESPACE.storage, keyOf(namespace));
    }
  }

  return {
    reconcile() {
      const objects = everything();
      collectOrphans(objects);
      emptyNamespaces(objects);
      return Number.POSITIVE_INFINITY;
    },
  };
}
