import { ACTION_ANNOTATION, GROUP, VERSION } from "@sre-agent/crds";
import { SERVICE_ACCOUNTS, serviceAccountUser } from "./identity.ts";

/**
 * The second wall: ValidatingAdmissionPolicies that hold when every guard of ours is broken or bypassed.
 * Written in CEL; they share no code with the guards.
 */

interface Validation {
  readonly expression: string;
  readonly message?: string;
  readonly messageExpression?: string;
}

interface AdmissionPolicy {
  readonly name: string;
  readonly rules: readonly object[];
  readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[];
  readonly variables?: readonly { readonly name: string; readonly expression: string }[];
  readonly validations: readonly Validation[];
}

const ACT_USER = serviceAccountUser(SERVICE_ACCOUNTS.act);
const isAct = `request.userInfo.username == '${ACT_USER}'`;
const isOperator = `request.userInfo.username == '${serviceAccountUser(SERVICE_ACCOUNTS.operator)}'`;

/** Who may change an SrePolicy is an administrator of sre-agent. */
const isAdministrator = `authorizer.group('${GROUP}').resource('srepolicies').check('update').allowed()`;
/** Takes owners and finalizers off what is deleted with its owner. */
const isGarbageCollector = "request.userInfo.username == 'system:serviceaccount:kube-system:generic-garbage-collector'";
/** Clean-up of a deleted namespace goes through the namespace controller. */
const isNamespaceController = "request.userInfo.username == 'system:serviceaccount:kube-system:namespace-controller'";

const ours = (resources: readonly string[], ...operations: readonly string[]) => ({
  apiGroups: [GROUP],
  apiVersions: [VERSION],
  operations,
  resources,
});

const containersOf = (object: string) =>
  `${object}.spec.template.spec.containers + (has(${object}.spec.template.spec.initContainers) ? ${object}.spec.template.spec.initContainers : [])`;
const volumesOf = (object: string) =>
  `has(${object}.spec.template.spec.volumes) ? ${object}.spec.template.spec.volumes : []`;
const equalField = (path: string) =>
  `(has(object.${path}) ? has(oldObject.${path}) && object.${path} == oldObject.${path} : !has(oldObject.${path}))`;
const pod = "spec.template.spec";
/** Everything up to the last slash: the registry and path that an image comes from. */
const origin = (image: string) => `${image}.contains('/') ? ${image}.substring(0, ${image}.lastIndexOf('/') + 1) : ''`;

/** Fields of the spec, beside replicas and template, that stay as they are. */
const KEPT_FIELDS = {
  deployments: ["selector", "strategy", "minReadySeconds", "revisionHistoryLimit", "paused", "progressDeadlineSeconds"],
  statefulsets: [
    "selector",
    "updateStrategy",
    "minReadySeconds",
    "revisionHistoryLimit",
    "serviceName",
    "volumeClaimTemplates",
    "podManagementPolicy",
    "persistentVolumeClaimRetentionPolicy",
    "ordinals",
  ],
  daemonsets: ["selector", "updateStrategy", "minReadySeconds", "revisionHistoryLimit"],
} as const;

const NEVER_TO_ZERO: Validation = {
  expression:
    "!has(object.spec.replicas) || object.spec.replicas >= 1 || object.spec.replicas == oldObject.spec.replicas",
  message: "sre-agent never scales to zero",
};

/** The API server itself counts the templates of a DaemonSet in it. */
const TEMPLATE_COUNT = "deprecated.daemonset.template.generation";

const ONE_THING_AT_A_TIME: Validation = {
  expression:
    "!has(object.spec.replicas) || object.spec.replicas == oldObject.spec.replicas || object.spec.template == oldObject.spec.template",
  message: "sre-agent changes the replicas or the pod template, never both at once",
};

const MARK = `'${ACTION_ANNOTATION}'`;

/** Whoever finds a change of ours finds the remediation behind it. */
const MARKED: Validation = {
  expression: `${MARK} in variables.annotations && (!(${MARK} in variables.oldAnnotations) || variables.annotations[${MARK}] != variables.oldAnnotations[${MARK}])`,
  message: `every change by sre-agent carries the name of its remediation in ${ACTION_ANNOTATION}`,
};

/** What holds for metadata and template of every workload kind. */
const WITHIN_OLD_BOUNDS: readonly Validation[] = [
  {
    expression: `${equalField("metadata.labels")} && ${equalField("metadata.finalizers")} && ${equalField("metadata.ownerReferences")}`,
    message: "sre-agent changes no labels, finalizers or owners",
  },
  {
    expression: `variables.annotations.all(k, k.startsWith('${GROUP}/') || k == '${TEMPLATE_COUNT}' || (k in variables.oldAnnotations && variables.oldAnnotations[k] == variables.annotations[k])) && variables.oldAnnotations.all(k, k.startsWith('${GROUP}/') || k in variables.annotations)`,
    message: `sre-agent changes only annotations that start with ${GROUP}/`,
  },
  {
    expression: [
      `${pod}.serviceAccountName`,
      `${pod}.hostNetwork`,
      `${pod}.hostPID`,
      `${pod}.hostIPC`,
      `${pod}.priorityClassName`,
      `${pod}.runtimeClassName`,
    ]
      .map(equalField)
      .join(" && "),
    message: "a rollback keeps the service account, host namespaces, priority and runtime class",
  },
  {
    expression:
      "variables.containers.all(c, !has(c.securityContext) || ((!has(c.securityContext.privileged) || !c.securityContext.privileged) && (!has(c.securityContext.capabilities) || !has(c.securityContext.capabilities.add) || variables.oldContainers.exists(o, o.name == c.name && has(o.securityContext) && has(o.securityContext.capabilities) && has(o.securityContext.capabilities.add) && c.securityContext.capabilities.add.all(a, a in o.securityContext.capabilities.add)))))",
    message: "a rollback brings no privileged container and no added capability",
  },
  {
    expression:
      "variables.volumes.all(v, !has(v.hostPath) || variables.oldVolumes.exists(o, has(o.hostPath) && o.hostPath.path == v.hostPath.path))",
    message: "a rollback brings no hostPath volume that is not there now",
  },
  {
    expression: `variables.containers.all(c, ${equalOrigin()})`,
    message:
      "a rollback takes images only from where the workload's images come from now, or from the namespace's image prefixes",
  },
];

/** What the act identity may change of a workload: the count, our annotations, and the template within its old bounds. */
const workloadBounds = (resource: keyof typeof KEPT_FIELDS): AdmissionPolicy => ({
  name: `sre-agent-act-bounds-${resource}`,
  rules: [{ apiGroups: ["apps"], apiVersions: ["v1"], operations: ["UPDATE"], resources: [resource] }],
  matchConditions: [{ name: "act-identity", expression: isAct }],
  variables: [
    { name: "containers", expression: containersOf("object") },
    { name: "oldContainers", expression: containersOf("oldObject") },
    { name: "volumes", expression: volumesOf("object") },
    { name: "oldVolumes", expression: volumesOf("oldObject") },
    { name: "annotations", expression: "has(object.metadata.annotations) ? object.metadata.annotations : {}" },
    { name: "oldAnnotations", expression: "has(oldObject.metadata.annotations) ? oldObject.metadata.annotations : {}" },
    { name: "origins", expression: `variables.oldContainers.map(c, ${origin("c.image")})` },
  ],
  validations: [
    ...(resource === "daemonsets" ? [] : [NEVER_TO_ZERO, ONE_THING_AT_A_TIME]),
    {
      expression: KEPT_FIELDS[resource].map((field) => equalField(`spec.${field}`)).join(" && "),
      message: "sre-agent changes replicas and the pod template of a workload, and nothing else of its spec",
    },
    ...WITHIN_OLD_BOUNDS,
    MARKED,
  ],
});

function equalOrigin(): string {
  const annotation = `'${GROUP}/image-prefixes'`;
  const prefixes = `has(namespaceObject.metadata.annotations) && ${annotation} in namespaceObject.metadata.annotations`;
  return `(${origin("c.image")}) in variables.origins || (${prefixes} && namespaceObject.metadata.annotations[${annotation}].split(',').exists(p, p != '' && c.image.startsWith(p)))`;
}

/** An approval is made by the person it names, who may make that very write. */
const approvals: AdmissionPolicy = {
  name: "sre-agent-approvals",
  rules: [ours(["sreapprovals"], "CREATE")],
  variables: [
    { name: "resource", expression: "object.spec.write.resource.split('/')" },
    {
      name: "write",
      expression:
        "variables.resource.size() > 1 ? authorizer.group(object.spec.write.group).resource(variables.resource[0]).subresource(variables.resource[1]).namespace(object.metadata.namespace).name(object.spec.write.name) : authorizer.group(object.spec.write.group).resource(variables.resource[0]).namespace(object.metadata.namespace).name(object.spec.write.name)",
    },
  ],
  validations: [
    {
      expression:
        "!request.userInfo.username.startsWith('system:serviceaccount:') && !('system:serviceaccounts' in request.userInfo.groups)",
      message: "a ServiceAccount cannot approve: an approval is a person's, made with the person's own credential",
    },
    {
      expression: "object.spec.approver == request.userInfo.username",
      messageExpression: "'spec.approver must be the user who creates the approval: ' + request.userInfo.username",
    },
    {
      expression: "!has(object.spec.groups) || object.spec.groups.all(g, g in request.userInfo.groups)",
      message: "spec.groups may only name groups that the approver is in",
    },
    {
      expression: "object.spec.decision == 'Reject' || variables.write.check(object.spec.write.verb).allowed()",
      messageExpression:
        "request.userInfo.username + ' may not ' + object.spec.write.verb + ' ' + object.spec.write.resource + ' ' + object.spec.write.name + ' in ' + object.metadata.namespace + ', so cannot approve it'",
    },
  ],
};

/** On whose behalf a run reads beyond its namespace is proven by this alone: nothing else knows who created it. */
const investigations: AdmissionPolicy = {
  name: "sre-agent-investigations",
  rules: [ours(["sreinvestigations"], "CREATE")],
  validations: [
    {
      expression: "!has(object.spec.requester) || object.spec.requester.user == request.userInfo.username",
      messageExpression:
        "'spec.requester.user must be the user who creates the investigation: ' + request.userInfo.username + '. Without a requester its reads stay in the namespace'",
    },
    {
      expression: `!has(object.spec.triggerRef) || ${isOperator} || ${isAdministrator}`,
      message: "spec.triggerRef is the operator's to set: an investigation that a person creates has none",
    },
  ],
};

/** What a run read, said and decided is what the operator wrote down: the agent goes on from it, and people judge by it. */
const records: AdmissionPolicy = {
  name: "sre-agent-records",
  rules: [
    ours(["sretranscripts"], "CREATE"),
    ours(["sretranscripts", "sreinvestigations/status", "sretriggers/status"], "UPDATE"),
  ],
  validations: [
    {
      expression: `${isOperator} || ${isGarbageCollector} || ${isAdministrator}`,
      message: "transcripts, and the status of investigations and triggers, are written by the operator",
    },
  ],
};

/** The ledger is written by the act server and outlives the runs, since quotas are counted from it. */
const ledger: AdmissionPolicy = {
  name: "sre-agent-ledger",
  rules: [ours(["sreremediations"], "CREATE", "DELETE"), ours(["sreremediations", "sreremediations/status"], "UPDATE")],
  variables: [
    {
      name: "ended",
      expression: "request.operation != 'DELETE' || (has(oldObject.status) && has(oldObject.status.completedAt))",
    },
  ],
  validations: [
    {
      expression: `(${isAct} && variables.ended) || ${isNamespaceController} || ${isAdministrator}`,
      message:
        "the ledger is written by the act server; its records are deleted by retention or by an administrator of sre-agent",
    },
  ],
};

const POLICIES = [
  workloadBounds("deployments"),
  workloadBounds("statefulsets"),
  workloadBounds("daemonsets"),
  approvals,
  investigations,
  records,
  ledger,
];

/** Policies and their bindings; failurePolicy Fail and action Deny throughout. */
export function admissionPolicies(): readonly object[] {
  return POLICIES.flatMap((policy) => [admissionPolicy(policy), binding(policy.name)]);
}

function admissionPolicy(policy: AdmissionPolicy): object {
  const { name, rules, matchConditions, variables, validations } = policy;
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name },
    spec: {
      failurePolicy: "Fail",
      matchConstraints: { resourceRules: rules },
      ...(matchConditions ? { matchConditions } : {}),
      ...(variables ? { variables } : {}),
      validations,
    },
  };
}

function binding(policyName: string): object {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: policyName },
    spec: { policyName, validationActions: ["Deny"] },
  };
}
