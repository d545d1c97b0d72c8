import { ACTION_ANNOTATION, GROUP } from "@sre-agent/crds";
import { type AdmissionPolicy, boundPolicy, isAccount, type Validation } from "./admission-policy.ts";
import { SERVICE_ACCOUNTS } from "./identity.ts";
import { OWN_KIND_POLICIES } from "./own-kind-policies.ts";

/**
 * The second wall: ValidatingAdmissionPolicies that hold when every guard of ours is broken or bypassed.
 * Written in CEL; they share no code with the guards.
 */

const isAct = isAccount(SERVICE_ACCOUNTS.act);

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

const POLICIES = [
  workloadBounds("deployments"),
  workloadBounds("statefulsets"),
  workloadBounds("daemonsets"),
  ...OWN_KIND_POLICIES,
];

/** Policies and their bindings; failurePolicy Fail and action Deny throughout. */
export function admissionPolicies(): readonly object[] {
  return POLICIES.flatMap(boundPolicy);
}
