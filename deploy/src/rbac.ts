import { ACTION_TYPES, ACTIONS, GROUP, LEASES } from "@sre-agent/crds";
import { ACT_WRITE_ROLE, SERVICE_ACCOUNTS, SYSTEM_NAMESPACE } from "./identity.ts";

interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

const READ = ["get", "list", "watch"] as const;
const RBAC_GROUP = "rbac.authorization.k8s.io";

const reads = (apiGroup: string, ...resources: readonly string[]): PolicyRule => ({
  apiGroups: [apiGroup],
  resources,
  verbs: READ,
});

const grants = (apiGroup: string, resources: readonly string[], ...verbs: readonly string[]): PolicyRule => ({
  apiGroups: [apiGroup],
  resources,
  verbs,
});

/** Who is calling, and what the person behind a call may do. */
const REVIEWS: readonly PolicyRule[] = [
  grants("authentication.k8s.io", ["tokenreviews"], "create"),
  grants("authorization.k8s.io", ["subjectaccessreviews"], "create"),
];

const EVENTS: readonly PolicyRule[] = [grants("events.k8s.io", ["events"], "create", "patch")];

/** What can be looked at: enumerated, without Secrets, without any subresource but logs. */
const OBSERVED: readonly PolicyRule[] = [
  reads(
    "",
    "pods",
    "services",
    "endpoints",
    "configmaps",
    "events",
    "nodes",
    "namespaces",
    "persistentvolumeclaims",
    "persistentvolumes",
    "serviceaccounts",
    "resourcequotas",
    "limitranges",
    "replicationcontrollers",
  ),
  reads("apps", "deployments", "replicasets", "statefulsets", "daemonsets", "controllerrevisions"),
  reads("batch", "jobs", "cronjobs"),
  reads("autoscaling", "horizontalpodautoscalers"),
  reads("policy", "poddisruptionbudgets"),
  reads("networking.k8s.io", "ingresses", "ingressclasses", "networkpolicies"),
  reads("discovery.k8s.io", "endpointslices"),
  reads("storage.k8s.io", "storageclasses", "volumeattachments", "csinodes"),
  reads("scheduling.k8s.io", "priorityclasses"),
  reads(RBAC_GROUP, "roles", "rolebindings", "clusterroles", "clusterrolebindings"),
  reads("events.k8s.io", "events"),
  reads("admissionregistration.k8s.io", "validatingwebhookconfigurations", "mutatingwebhookconfigurations"),
  reads("apiregistration.k8s.io", "apiservices"),
  reads("apiextensions.k8s.io", "customresourcedefinitions"),
  reads("metrics.k8s.io", "pods", "nodes"),
];

const OPERATOR: readonly PolicyRule[] = [
  reads(GROUP, "sretriggers", "sreremediations", "sreapprovals", "srepolicies"),
  grants(GROUP, ["sretriggers/status"], "get", "patch"),
  grants(GROUP, ["sreinvestigations"], ...READ, "create", "delete"),
  grants(GROUP, ["sreinvestigations/status"], "get", "patch"),
  grants(GROUP, ["sreinvestigations/finalizers"], "update"),
  grants(GROUP, ["sretranscripts"], ...READ, "create"),
  reads("apps", "deployments", "replicasets", "statefulsets", "daemonsets"),
  reads("", "pods", "events", "namespaces"),
  ...EVENTS,
];

const MCP_READ: readonly PolicyRule[] = [
  ...OBSERVED,
  reads("", "pods/log"),
  reads(
    GROUP,
    "sretriggers",
    "sreactions",
    "sreinvestigations",
    "sretranscripts",
    "sreremediations",
    "sreapprovals",
    "srepolicies",
  ),
  ...REVIEWS,
];

/** The act identity reads status and the ledger, and no text of a tenant's program: it has no `pods/log`. */
const MCP_ACT: readonly PolicyRule[] = [
  ...OBSERVED,
  reads(GROUP, "sretriggers", "sreactions", "sreinvestigations", "sreapprovals", "srepolicies"),
  grants(GROUP, ["sreremediations"], ...READ, "create", "delete"),
  grants(GROUP, ["sreremediations/status", "srepolicies/status"], "get", "patch"),
  ...REVIEWS,
  ...EVENTS,
];

/** Derived from the action registry: one rule for each write that some action makes. */
function actWrites(): readonly PolicyRule[] {
  const writes = ACTION_TYPES.flatMap((type) => Object.values(ACTIONS[type].writes));
  const keys = new Map(writes.map((write) => [`${write.group}/${write.resource}/${write.verb}`, write]));
  return [...keys.values()].map((write) => grants(write.group, [write.resource], write.verb));
}

/** Its own Lease, and no other's. A name cannot be asked for at a create, which takes none that is there. */
const leaseRules = (name: string): readonly PolicyRule[] => [
  { ...grants("coordination.k8s.io", ["leases"], "get", "update", "patch"), resourceNames: [name] },
  grants("coordination.k8s.io", ["leases"], "create"),
];

function clusterRole(name: string, rules: readonly PolicyRule[]): object {
  return { apiVersion: `${RBAC_GROUP}/v1`, kind: "ClusterRole", metadata: { name }, rules };
}

function clusterBinding(name: string): object {
  return {
    apiVersion: `${RBAC_GROUP}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name },
    roleRef: { apiGroup: RBAC_GROUP, kind: "ClusterRole", name },
    subjects: [{ kind: "ServiceAccount", name, namespace: SYSTEM_NAMESPACE }],
  };
}

function leaseRole(account: string, lease: string): readonly object[] {
  const metadata = { name: `${account}-lease`, namespace: SYSTEM_NAMESPACE };
  return [
    { apiVersion: `${RBAC_GROUP}/v1`, kind: "Role", metadata, rules: leaseRules(lease) },
    {
      apiVersion: `${RBAC_GROUP}/v1`,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: RBAC_GROUP, kind: "Role", name: metadata.name },
      subjects: [{ kind: "ServiceAccount", name: account, namespace: SYSTEM_NAMESPACE }],
    },
  ];
}

/** Namespace and ServiceAccounts. The agent has no role at all: it sees a cluster only through MCP. */
export function identities(): readonly object[] {
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: SYSTEM_NAMESPACE } },
    ...Object.values(SERVICE_ACCOUNTS).map((name) => ({
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name, namespace: SYSTEM_NAMESPACE },
      automountServiceAccountToken: false,
    })),
  ];
}

/** Roles and bindings of the four identities. */
export function rbac(): readonly object[] {
  const { operator, read, act } = SERVICE_ACCOUNTS;
  return [
    clusterRole(operator, OPERATOR),
    clusterBinding(operator),
    clusterRole(read, MCP_READ),
    clusterBinding(read),
    clusterRole(act, MCP_ACT),
    clusterBinding(act),
    clusterRole(ACT_WRITE_ROLE, actWrites()),
    ...leaseRole(operator, LEASES.operator),
    ...leaseRole(act, LEASES.act),
  ];
}

/** Opts a namespace in: without this binding the act server can change nothing there, whatever its guards say. */
export function optIn(namespace: string): object {
  return {
    apiVersion: `${RBAC_GROUP}/v1`,
    kind: "RoleBinding",
    metadata: { name: ACT_WRITE_ROLE, namespace },
    roleRef: { apiGroup: RBAC_GROUP, kind: "ClusterRole", name: ACT_WRITE_ROLE },
    subjects: [{ kind: "ServiceAccount", name: SERVICE_ACCOUNTS.act, namespace: SYSTEM_NAMESPACE }],
  };
}
