import type { Api } from "./cluster-api.ts";

const PATH = "/apis/admissionregistration.k8s.io/v1";
const NAME = "sre-agent-bench-pods";
const CONTROLLER = "system:serviceaccount:kube-system:replicaset-controller";

const POLICY = {
  metadata: { name: NAME },
  spec: {
    failurePolicy: "Fail",
    matchConstraints: {
      namespaceSelector: { matchExpressions: [{ key: "sre-agent.dev/bench", operator: "Exists" }] },
      resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
    },
    validations: [{ expression: `request.userInfo.username != "${CONTROLLER}"`, message: "the benchmark makes them" }],
  },
};

/** Of the namespaces in which the benchmark makes the pods of ReplicaSets. */
export const BENCH_LABELS = { "sre-agent.dev/bench": "scale" };

/**
 * Keeps the controller manager from making pods of its own while ours are not all there: it makes them slowly, and takes
 * away what is too many as slowly.
 */
export async function refuseControllerPods(api: Api): Promise<void> {
  await allowControllerPods(api);
  await api("POST", `${PATH}/validatingadmissionpolicies`, POLICY);
  await api("POST", `${PATH}/validatingadmissionpolicybindings`, {
    metadata: { name: NAME },
    spec: { policyName: NAME, validationActions: ["Deny"] },
  });
}

export async function allowControllerPods(api: Api): Promise<void> {
  await api("DELETE", `${PATH}/validatingadmissionpolicybindings/${NAME}`);
  await api("DELETE", `${PATH}/validatingadmissionpolicies/${NAME}`);
}

/** What the controller told of the refusals would be read as a fault of the cluster. */
export async function forgetRefusals(api: Api, namespace: string): Promise<void> {
  await api("DELETE", `/api/v1/namespaces/${namespace}/events?fieldSelector=reason=FailedCreate`);
}
