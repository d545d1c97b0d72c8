import { builtIn } from "../resources/built-in.ts";
import type { Context, Controller } from "./context.ts";

const NAMESPACE = builtIn("Namespace");
const SERVICE_ACCOUNT = builtIn("ServiceAccount");

/** Gives every namespace its `default` ServiceAccount. */
export function createServiceAccountController({ registry, stillness }: Context): Controller {
  return {
    reconcile() {
      for (const namespace of registry.store.list(NAMESPACE.storage)) {
        const { metadata } = namespace;
        const key = { namespace: metadata.name, name: "default" };
        const exists = registry.store.get(SERVICE_ACCOUNT.storage, key) !== undefined;
        const isStill = stillness.holds("serviceaccount", namespace, exists);
        if (exists || isStill || metadata.deletionTimestamp !== undefined) continue;
        const manifest = { apiVersion: "v1", kind: "ServiceAccount", metadata: key };
        registry.create(SERVICE_ACCOUNT, manifest, { manager: "kube-controller-manager" });
      }
      return Number.POSITIVE_INFINITY;
    },
  };
}
