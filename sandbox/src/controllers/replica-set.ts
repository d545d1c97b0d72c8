import { numberOf, recordOf, recordsOf, valueAt } from "../json.ts";
import { type KubeObject, keyOf, type Manifest } from "../object.ts";
import { builtIn } from "../resources/built-in.ts";
import { type Context, type Controller, controllerOf, controllerReference, writeStatus } from "./context.ts";

const POD = builtIn("Pod");
const REPLICA_SET = builtIn("ReplicaSet");
const MANAGER = "kube-controller-manager";
const COMPONENT = "replicaset-controller";

/** Keeps as many pods as each ReplicaSet wants. */
export function createReplicaSetController(context: Context): Controller {
  const { registry, events } = context;

  function createPod(owner: KubeObject): void {
    const template = recordOf(owner.spec?.["template"]);
    const manifest: Manifest = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        ...recordOf(template["metadata"]),
        generateName: `${owner.metadata.name}-`,
        namespace: owner.metadata.namespace ?? "",
        ownerReferences: [controllerReference(owner)],
      },
      spec: template["spec"],
    };
    const pod = registry.create(POD, manifest, { manager: MANAGER });
    const message = `Created pod: ${pod.metadata.name}`;
    events.write({ about: owner, type: "Normal", reason: "SuccessfulCreate", message, component: COMPONENT });
  }

  function deletePod(owner: KubeObject, pod: KubeObject): void {
    registry.delete(POD, keyOf(pod), {});
    const message = `Deleted pod: ${pod.metadata.name}`;
    events.write({ about: owner, type: "Normal", reason: "SuccessfulDelete", message, component: COMPONENT });
  }

  function reconcileOne(replicaSet: KubeObject, owned: readonly KubeObject[]): void {
    const active = owned.filter(isActive);
    const difference = numberOf(replicaSet.spec?.["replicas"]) - active.length;
    for (let missing = difference; missing > 0; missing -= 1) createPod(replicaSet);
    if (difference < 0) for (const pod of dispensable(active).slice(0, -difference)) deletePod(replicaSet, pod);
    writeStatus(context, {
      resource: REPLICA_SET,
      object: replicaSet,
      manager: MANAGER,
      status: statusOf(replicaSet, active),
    });
  }

  return {
    reconcile() {
      const pods = podsByOwner(registry.store.list(POD.storage));
      for (const replicaSet of registry.store.list(REPLICA_SET.storage)) {
        if (replicaSet.metadata.deletionTimestamp !== undefined) continue;
        const owned = pods.get(replicaSet.metadata.uid) ?? [];
        if (!isStill(context, replicaSet, owned)) reconcileOne(replicaSet, owned);
      }
      return Number.POSITIVE_INFINITY;
    },
  };
}

function isStill({ stillness }: Context, replicaSet: KubeObject, owned: readonly KubeObject[]): boolean {
  const pods = owned.map((pod) => [pod.metadata.uid, isActive(pod), isReady(pod)]);
  return stillness.holds("replicaset", replicaSet, [replicaSet.spec?.["replicas"], pods]);
}

function podsByOwner(pods: readonly KubeObject[]): ReadonlyMap<string, readonly KubeObject[]> {
  const byOwner = new Map<string, KubeObject[]>();
  for (const pod of pods) {
    const uid = controllerOf(pod)?.uid;
    if (uid === undefined) continue;
    const siblings = byOwner.get(uid) ?? [];
    siblings.push(pod);
    byOwner.set(uid, siblings);
  }
  return byOwner;
}

function isActive(pod: KubeObject): boolean {
  const phase = pod.status?.["phase"];
  return pod.metadata.deletionTimestamp === undefined && phase !== "Failed" && phase !== "Succeeded";
}

/** The order in which pods are given up: not ready first, then the youngest. */
function dispensable(pods: readonly KubeObject[]): readonly KubeObject[] {
  return pods.toSorted((a, b) => {
    const byReadiness = Number(isReady(a)) - Number(isReady(b));
    return byReadiness || Number(b.metadata.resourceVersion) - Number(a.metadata.resourceVersion);
  });
}

/** Of a pod or a node. */
export function isReady({ status }: KubeObject): boolean {
  return recordsOf(status?.["conditions"]).some(
    (condition) => condition["type"] === "Ready" && condition["status"] === "True",
  );
}

/** Zero counters are left out, as they are on the wire. */
function statusOf(replicaSet: KubeObject, active: readonly KubeObject[]) {
  const ready = active.filter(isReady).length;
  const labelled = valueAt(replicaSet, ["spec", "template", "metadata", "labels"]) === undefined ? 0 : active.length;
  return {
    ...(ready === 0 ? {} : { availableReplicas: ready }),
    ...(labelled === 0 ? {} : { fullyLabeledReplicas: labelled }),
    observedGeneration: replicaSet.metadata.generation,
    ...(ready === 0 ? {} : { readyReplicas: ready }),
    replicas: active.length,
  };
}
