import type { Finding } from "@sre-agent/crds";
import { diagnose, type PodLog, type SnapshotObject } from "../src/index.ts";
import { type Fields, minutesAgo, snapshot } from "./builders.ts";

/** Objects of any kind for tests of the object graph: small, healthy, in namespace shop unless they say otherwise. */
const API: Readonly<Record<string, string>> = {
  Deployment: "apps/v1",
  StatefulSet: "apps/v1",
  DaemonSet: "apps/v1",
  ReplicaSet: "apps/v1",
  Ingress: "networking.k8s.io/v1",
  NetworkPolicy: "networking.k8s.io/v1",
  IngressClass: "networking.k8s.io/v1",
  EndpointSlice: "discovery.k8s.io/v1",
  HorizontalPodAutoscaler: "autoscaling/v2",
  PodDisruptionBudget: "policy/v1",
  Role: "rbac.authorization.k8s.io/v1",
  RoleBinding: "rbac.authorization.k8s.io/v1",
  ClusterRole: "rbac.authorization.k8s.io/v1",
  ClusterRoleBinding: "rbac.authorization.k8s.io/v1",
  ValidatingWebhookConfiguration: "admissionregistration.k8s.io/v1",
  MutatingWebhookConfiguration: "admissionregistration.k8s.io/v1",
  CustomResourceDefinition: "apiextensions.k8s.io/v1",
  APIService: "apiregistration.k8s.io/v1",
};
const CLUSTER = new Set([
  "Node",
  "Namespace",
  "IngressClass",
  "ClusterRole",
  "ClusterRoleBinding",
  "ValidatingWebhookConfiguration",
  "MutatingWebhookConfiguration",
  "CustomResourceDefinition",
  "APIService",
  "PersistentVolume",
  "StorageClass",
  "PriorityClass",
]);

export function object(kind: string, name: string, fields: Fields = {}): SnapshotObject {
  const { metadata = {}, ...rest } = fields;
  return {
    apiVersion: API[kind] ?? "v1",
    kind,
    metadata: {
      name,
      uid: `uid-${kind}-${name}`,
      creationTimestamp: minutesAgo(60),
      ...(CLUSTER.has(kind) ? {} : { namespace: "shop" }),
      ...(metadata as Fields),
    },
    ...rest,
  };
}

/** Metadata of what another object controls. */
export function ownedBy(kind: string, name: string): Fields {
  return { ownerReferences: [{ kind, name, uid: `uid-${kind}-${name}`, controller: true }] };
}

/** A status that is not Ready since then, and was before. */
export function lostReady(minutes: number): Fields {
  return { conditions: [{ type: "Ready", status: "False", lastTransitionTime: minutesAgo(minutes) }] };
}

export interface AppParts {
  readonly labels?: Fields;
  /** Fields of the one container, `main`. */
  readonly container?: Fields;
  readonly spec?: Fields;
  readonly replicas?: number;
  readonly pods?: number;
  readonly ready?: boolean;
  readonly kind?: string;
  readonly node?: string;
  readonly status?: Fields;
  readonly namespace?: string;
  readonly metadata?: Fields;
}

const RUNNING = { running: { startedAt: minutesAgo(50) } };

/** A workload of name and label app=name with its pods; ready unless `ready` says no. */
export function app(name: string, parts: AppParts = {}): SnapshotObject[] {
  const { kind = "Deployment", ready = true, replicas = 1, namespace = "shop" } = parts;
  const labels = parts.labels ?? { app: name };
  const container = { name: "main", image: "app:1", ...parts.container };
  const spec = { restartPolicy: "Always", nodeName: parts.node ?? "node-1", containers: [container], ...parts.spec };
  const count = parts.pods ?? replicas;
  const available = ready ? count : 0;
  const owner = object(kind, name, {
    metadata: { namespace, generation: 1, ...parts.metadata },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    status: {
      observedGeneration: 1,
      replicas: count,
      updatedReplicas: count,
      readyReplicas: available,
      availableReplicas: available,
      desiredNumberScheduled: count,
      currentNumberScheduled: count,
      updatedNumberScheduled: count,
      numberAvailable: available,
    },
  });
  const pods = Array.from({ length: count }, (_, position) =>
    object("Pod", `${name}-${position}`, {
      metadata: { namespace, labels, ...ownedBy(kind, name), creationTimestamp: minutesAgo(50) },
      spec,
      status: {
        phase: "Running",
        podIP: `10.0.0.${position + 1}`,
        conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
        containerStatuses: [{ name: "main", ready, restartCount: 0, state: RUNNING, ...parts.status }],
      },
    }),
  );
  return [owner, ...pods];
}

/** The objects with other `metadata`, `spec` or `status` fields in those of the kind; a status with a phase is a whole one. */
export function revised(
  objects: readonly SnapshotObject[],
  kind: string,
  { metadata = {}, spec = {}, status = {} }: { metadata?: Fields; spec?: Fields; status?: Fields },
): SnapshotObject[] {
  return objects.map((one) =>
    one.kind === kind
      ? {
          ...one,
          metadata: { ...one.metadata, ...metadata },
          spec: { ...(one["spec"] as Fields), ...spec },
          status: status["phase"] ? status : { ...(one["status"] as Fields), ...status },
        }
      : one,
  );
}

export function service(name: string, spec: Fields = {}, metadata: Fields = {}): SnapshotObject {
  return object("Service", name, {
    metadata,
    spec: {
      type: "ClusterIP",
      selector: { app: name },
      ports: [{ name: "http", port: 80, targetPort: 8080 }],
      ...spec,
    },
  });
}

export function ingressTo(serviceName: string, port: Fields = { number: 80 }, spec: Fields = {}): SnapshotObject {
  const backend = { service: { name: serviceName, port } };
  return object("Ingress", "front", {
    spec: {
      ingressClassName: "nginx",
      rules: [{ host: "shop.example", http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }],
      ...spec,
    },
  });
}

/** Written by `manager` a moment ago, at these two levels. */
export function editedBy(manager: string, ...levels: readonly string[]): Fields {
  const fieldsV1 = [...levels].reverse().reduce<Fields>((below, level) => ({ [`f:${level}`]: below }), {});
  return { managedFields: [{ manager, operation: "Update", time: minutesAgo(5), fieldsV1 }] };
}

export function said(podName: string, text: string): PodLog {
  return { namespace: "shop", pod: podName, container: "main", previous: false, text };
}

export const listens = (port: number, name = "http"): Fields => ({ ports: [{ name, containerPort: port }] });

/** A crash loop that exits 1. */
export const CRASHING: AppParts = {
  ready: false,
  status: {
    restartCount: 6,
    state: { waiting: { reason: "CrashLoopBackOff", message: "" } },
    lastState: { terminated: { exitCode: 1, reason: "Error", startedAt: minutesAgo(2), finishedAt: minutesAgo(1) } },
  },
};

/** What is found, without advice. */
export function found(objects: readonly SnapshotObject[], logs: readonly PodLog[] = []): readonly Finding[] {
  const namespaces = new Set(["shop", ...objects.flatMap(({ metadata }) => metadata.namespace ?? [])]);
  return diagnose({ ...snapshot(objects, logs), namespaces: [...namespaces] });
}

export function causes(objects: readonly SnapshotObject[], logs: readonly PodLog[] = []): readonly string[] {
  return found(objects, logs).map(({ cause }) => cause);
}
