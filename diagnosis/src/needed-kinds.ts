/** A kind that a collector has to list. `scope` Cluster: its objects belong to no namespace. */
export interface NeededKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly scope: "Namespaced" | "Cluster";
}

const namespaced = (apiVersion: string, ...kinds: readonly string[]): readonly NeededKind[] =>
  kinds.map((kind) => ({ apiVersion, kind, scope: "Namespaced" }));

const clusterWide = (apiVersion: string, ...kinds: readonly string[]): readonly NeededKind[] =>
  kinds.map((kind) => ({ apiVersion, kind, scope: "Cluster" }));

/** Workloads, their pods, and what was reported about them. */
export const WORKLOAD_KINDS: readonly NeededKind[] = [
  ...namespaced("apps/v1", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "ControllerRevision"),
  ...namespaced("batch/v1", "Job", "CronJob"),
  ...namespaced("v1", "Pod", "Event"),
];

/** What pods take their configuration and identity from; Secrets come with the names of their keys alone. */
export const CONFIGURATION_KINDS = namespaced("v1", "ConfigMap", "Secret", "ServiceAccount");

export const NETWORK_KINDS: readonly NeededKind[] = [
  ...namespaced("v1", "Service"),
  ...namespaced("discovery.k8s.io/v1", "EndpointSlice"),
  ...namespaced("networking.k8s.io/v1", "Ingress", "NetworkPolicy"),
  ...clusterWide("networking.k8s.io/v1", "IngressClass"),
];

export const VOLUME_KINDS: readonly NeededKind[] = [
  ...namespaced("v1", "PersistentVolumeClaim"),
  ...clusterWide("v1", "PersistentVolume"),
  ...clusterWide("storage.k8s.io/v1", "StorageClass"),
];

export const NODE_KINDS: readonly NeededKind[] = [
  ...clusterWide("v1", "Node", "Namespace"),
  ...clusterWide("scheduling.k8s.io/v1", "PriorityClass"),
];

/** What decides whether an object may be created. */
export const ADMISSION_KINDS: readonly NeededKind[] = [
  ...namespaced("v1", "ResourceQuota", "LimitRange"),
  ...clusterWide("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"),
];

export const SCALING_KINDS: readonly NeededKind[] = [
  ...namespaced("autoscaling/v2", "HorizontalPodAutoscaler"),
  ...namespaced("policy/v1", "PodDisruptionBudget"),
];

export const ACCESS_KINDS: readonly NeededKind[] = [
  ...namespaced("rbac.authorization.k8s.io/v1", "Role", "RoleBinding"),
  ...clusterWide("rbac.authorization.k8s.io/v1", "ClusterRole", "ClusterRoleBinding"),
];

export const EXTENSION_KINDS: readonly NeededKind[] = [
  ...clusterWide("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
  ...clusterWide("apiregistration.k8s.io/v1", "APIService"),
];
