import { ACTION_TYPES, ACTIONS, type ActionWrite, GROUP, VERSION } from "@sre-agent/crds";
import { type AdmissionPolicy, isAccount } from "./admission-policy.ts";
import { SERVICE_ACCOUNTS } from "./identity.ts";

/** Who may write which of our own kinds, beyond what RBAC can say: it sees neither fields nor what else a person may do. */

const isAct = isAccount(SERVICE_ACCOUNTS.act);
const isOperator = isAccount(SERVICE_ACCOUNTS.operator);
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

/** A person's right to the write of an action on `kind`. */
const mayMake = ({ verb, group, resource: path }: ActionWrite) => {
  const [resource, subresource] = path.split("/");
  const place = subresource === undefined ? "" : `.subresource('${subresource}')`;
  return `authorizer.group('${group}').resource('${resource}')${place}.namespace(object.metadata.namespace).check('${verb}').allowed()`;
};

/** What goes to auto is approved by nobody: whoever allows it has to be one who may make that change themselves. */
const actions: AdmissionPolicy = {
  name: "sre-agent-actions",
  rules: [ours(["sreactions"], "CREATE", "UPDATE")],
  matchConditions: [
    {
      name: "goes-to-auto",
      expression: "object.spec.mode == 'auto' && (request.operation == 'CREATE' || object.spec != oldObject.spec)",
    },
  ],
  // One expression a kind: the API server lets one ask the authorizer twice at the most.
  validations: writesByKind().map(([kind, write]) => ({
    expression: `!object.spec.targets.exists(t, t.kind == '${kind}') || ${mayMake(write)}`,
    messageExpression: `request.userInfo.username + ' may not ${write.verb} ${write.resource} in ' + object.metadata.namespace + ', so cannot allow it in mode auto'`,
  })),
};

function writesByKind(): readonly (readonly [string, ActionWrite])[] {
  return [...new Map(ACTION_TYPES.flatMap((type) => Object.entries(ACTIONS[type].writes)))];
}

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

export const OWN_KIND_POLICIES: readonly AdmissionPolicy[] = [approvals, actions, investigations, records, ledger];
