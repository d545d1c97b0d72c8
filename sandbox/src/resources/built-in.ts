import { COLUMNS, NAME_AND_AGE } from "../table/built-in.ts";
import { eventCodec } from "./event-codec.ts";
import type { Resource } from "./resource.ts";

interface Row {
  readonly plural: string;
  readonly kind: string;
  readonly short?: readonly string[];
  readonly cluster?: true;
  readonly all?: true;
  readonly status?: true;
  readonly scale?: true;
}

const CORE: readonly Row[] = [
  { plural: "configmaps", kind: "ConfigMap", short: ["cm"] },
  { plural: "endpoints", kind: "Endpoints", short: ["ep"] },
  { plural: "events", kind: "Event", short: ["ev"] },
  { plural: "limitranges", kind: "LimitRange", short: ["limits"] },
  { plural: "namespaces", kind: "Namespace", short: ["ns"], cluster: true, status: true },
  { plural: "nodes", kind: "Node", short: ["no"], cluster: true, status: true },
  { plural: "persistentvolumeclaims", kind: "PersistentVolumeClaim", short: ["pvc"], status: true },
  { plural: "persistentvolumes", kind: "PersistentVolume", short: ["pv"], cluster: true, status: true },
  { plural: "pods", kind: "Pod", short: ["po"], all: true, status: true },
  { plural: "replicationcontrollers", kind: "ReplicationController", short: ["rc"], all: true, status: true },
  { plural: "resourcequotas", kind: "ResourceQuota", short: ["quota"], status: true },
  { plural: "secrets", kind: "Secret" },
  { plural: "serviceaccounts", kind: "ServiceAccount", short: ["sa"] },
  { plural: "services", kind: "Service", short: ["svc"], all: true, status: true },
];

const GROUPS: readonly { readonly group: string; readonly version: string; readonly rows: readonly Row[] }[] = [
  { group: "", version: "v1", rows: CORE },
  {
    group: "apps",
    version: "v1",
    rows: [
      { plural: "controllerrevisions", kind: "ControllerRevision" },
      { plural: "daemonsets", kind: "DaemonSet", short: ["ds"], all: true, status: true },
      { plural: "deployments", kind: "Deployment", short: ["deploy"], all: true, status: true, scale: true },
      { plural: "replicasets", kind: "ReplicaSet", short: ["rs"], all: true, status: true, scale: true },
      { plural: "statefulsets", kind: "StatefulSet", short: ["sts"], all: true, status: true, scale: true },
    ],
  },
  { group: "events.k8s.io", version: "v1", rows: [{ plural: "events", kind: "Event", short: ["ev"] }] },
  {
    group: "autoscaling",
    version: "v2",
    rows: [
      { plural: "horizontalpodautoscalers", kind: "HorizontalPodAutoscaler", short: ["hpa"], all: true, status: true },
    ],
  },
  {
    group: "batch",
    version: "v1",
    rows: [
      { plural: "cronjobs", kind: "CronJob", short: ["cj"], all: true, status: true },
      { plural: "jobs", kind: "Job", all: true, status: true },
    ],
  },
  {
    group: "networking.k8s.io",
    version: "v1",
    rows: [
      { plural: "ingressclasses", kind: "IngressClass", cluster: true },
      { plural: "ingresses", kind: "Ingress", short: ["ing"], status: true },
      { plural: "networkpolicies", kind: "NetworkPolicy", short: ["netpol"] },
    ],
  },
  {
    group: "policy",
    version: "v1",
    rows: [{ plural: "poddisruptionbudgets", kind: "PodDisruptionBudget", short: ["pdb"], status: true }],
  },
  {
    group: "rbac.authorization.k8s.io",
    version: "v1",
    rows: [
      { plural: "clusterrolebindings", kind: "ClusterRoleBinding", cluster: true },
      { plural: "clusterroles", kind: "ClusterRole", cluster: true },
      { plural: "rolebindings", kind: "RoleBinding" },
      { plural: "roles", kind: "Role" },
    ],
  },
  {
    group: "storage.k8s.io",
    version: "v1",
    rows: [{ plural: "storageclasses", kind: "StorageClass", short: ["sc"], cluster: true }],
  },
  {
    group: "admissionregistration.k8s.io",
    version: "v1",
    rows: [
      { plural: "mutatingwebhookconfigurations", kind: "MutatingWebhookConfiguration", cluster: true },
      { plural: "validatingadmissionpolicies", kind: "ValidatingAdmissionPolicy", cluster: true, status: true },
      { plural: "validatingadmissionpolicybindings", kind: "ValidatingAdmissionPolicyBinding", cluster: true },
      { plural: "validatingwebhookconfigurations", kind: "ValidatingWebhookConfiguration", cluster: true },
    ],
  },
  {
    group: "apiextensions.k8s.io",
    version: "v1",
    rows: [
      {
        plural: "customresourcedefinitions",
        kind: "CustomResourceDefinition",
        short: ["crd", "crds"],
        cluster: true,
        status: true,
      },
    ],
  },
  {
    group: "apiregistration.k8s.io",
    version: "v1",
    rows: [{ plural: "apiservices", kind: "APIService", cluster: true, status: true }],
  },
  {
    group: "scheduling.k8s.io",
    version: "v1",
    rows: [{ plural: "priorityclasses", kind: "PriorityClass", short: ["pc"], cluster: true }],
  },
  { group: "coordination.k8s.io", version: "v1", rows: [{ plural: "leases", kind: "Lease" }] },
  { group: "discovery.k8s.io", version: "v1", rows: [{ plural: "endpointslices", kind: "EndpointSlice" }] },
];

/** Every resource that is served without a CustomResourceDefinition, in the order of discovery. */
export const BUILT_IN: readonly Resource[] = GROUPS.flatMap(({ group, version, rows }) =>
  rows.map((row) => toResource({ group, version }, row)),
);

function toResource(where: { readonly group: string; readonly version: string }, row: Row): Resource {
  return {
    ...where,
    kind: row.kind,
    plural: row.plural,
    singular: row.kind.toLowerCase(),
    shortNames: row.short ?? [],
    categories: row.all ? ["all"] : [],
    namespaced: row.cluster !== true,
    storage: row.kind === "Event" ? "events" : `${row.plural}.${where.group}`,
    hasStatus: row.status === true,
    hasScale: row.scale === true,
    custom: false,
    columns: COLUMNS[row.kind] ?? NAME_AND_AGE,
    ...(where.group === "events.k8s.io" ? { codec: eventCodec } : {}),
  };
}

/** A built-in resource by its kind; Event is the one in `v1`. */
export function builtIn(kind: string): Resource {
  const resource = BUILT_IN.find((candidate) => candidate.kind === kind);
  if (resource === undefined) throw new TypeError(`not a built-in kind: ${kind}`);
  return resource;
}
