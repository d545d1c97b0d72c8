import { type JsonRecord, numberOf, recordOf, recordsOf, textOf } from "../json.ts";
import { type KubeObject, keyOf, type Manifest } from "../object.ts";
import { builtIn } from "../resources/built-in.ts";
import { type Context, type Controller, controllerOf, controllerReference, writeObject } from "./context.ts";
import { isReady } from "./replica-set.ts";

const SERVICE = builtIn("Service");
const SLICE = builtIn("EndpointSlice");
const POD = builtIn("Pod");
const MANAGER = "kube-controller-manager";

/** Keeps one EndpointSlice for every Service with a selector. */
export function createEndpointSliceController(context: Context): Controller {
  const { store } = context.registry;
  return {
    reconcile() {
      for (const service of store.list(SERVICE.storage)) {
        const selector = Object.entries(recordOf(service.spec?.["selector"]));
        if (selector.length === 0 || service.metadata.deletionTimestamp !== undefined) continue;
        const pods = store
          .list(POD.storage, service.metadata.namespace)
          .filter((pod) => selector.every(([key, value]) => pod.metadata.labels?.[key] === value));
        const seen = [
          service.spec,
          pods.map((pod) => [pod.metadata.uid, pod.metadata.deletionTimestamp, isReady(pod)]),
        ];
        if (!context.stillness.holds("endpointslice", service, seen)) writeSlice(context, service, pods);
      }
      return Number.POSITIVE_INFINITY;
    },
  };
}

function writeSlice(context: Context, service: KubeObject, pods: readonly KubeObject[]): void {
  const slice = sliceOf(service, pods);
  const existing = context.registry.store
    .list(SLICE.storage, service.metadata.namespace)
    .find((each) => controllerOf(each)?.uid === service.metadata.uid);
  if (existing === undefined) {
    context.registry.create(SLICE, slice, { manager: MANAGER });
    return;
  }
  const { endpoints, ports } = slice;
  writeObject(context, { resource: SLICE, object: existing, manager: MANAGER }, (now) => ({
    ...now,
    endpoints,
    ports,
  }));
}

function sliceOf(service: KubeObject, pods: readonly KubeObject[]): Manifest {
  const { name, namespace } = keyOf(service);
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: `${name}-sandbox`,
      namespace,
      labels: {
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
        "kubernetes.io/service-name": name,
      },
      ownerReferences: [controllerReference(service)],
    },
    addressType: "IPv4",
    endpoints: pods.filter((pod) => textOf(pod.status?.["podIP"]) !== "").map(endpointOf),
    ports: recordsOf(service.spec?.["ports"]).map((port) => portOf(port, pods)),
  };
}

function endpointOf(pod: KubeObject): JsonRecord {
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = isReady(pod);
  const { name, namespace, uid } = pod.metadata;
  return {
    addresses: [pod.status?.["podIP"]],
    conditions: { ready: ready && !terminating, serving: ready, terminating },
    nodeName: pod.spec?.["nodeName"],
    targetRef: { kind: "Pod", namespace, name, uid },
  };
}

/** A named target port is looked up in the pods, as each pod may call it differently. */
function portOf(port: JsonRecord, pods: readonly KubeObject[]): JsonRecord {
  const target = port["targetPort"];
  const named = pods
    .flatMap((pod) => recordsOf(pod.spec?.["containers"]).flatMap((container) => recordsOf(container["ports"])))
    .find((candidate) => candidate["name"] === target);
  const number = typeof target === "number" ? target : numberOf(named?.["containerPort"]);
  return { name: textOf(port["name"]), port: number, protocol: textOf(port["protocol"]) || "TCP" };
}
