import type { Api } from "./cluster-api.ts";
import { until } from "./process-figures.ts";

const PATH = "/apis/admissionregistration.k8s.io/v1";
const NAME = "sre-agent-bench-pods";
export const BENCH_LABEL = "sre-agent.dev/bench";
const CONTROLLER = "system:serviceaccount:kube-system:replicaset-controller";
const REFUSAL = "the benchmark makes them";
/** A pod that is refused as the controller's are: whether the policy holds already can be asked. */
const PROBE = "sre-agent-bench-probe";
const HOLDS_WITHIN_MS = 60_000;

const POLICY = {
  metadata: { name: NAME },
  spec: {
    failurePolicy: "Fail",
    matchConstraints: {
      namespaceSelector: { matchExpressions: [{ key: BENCH_LABEL, operator: "Exists" }] },
      resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
    },
    validations: [
      {
        expression: `request.userInfo.username != "${CONTROLLER}" && object.metadata.?name.orValue("") != "${PROBE}"`,
        message: REFUSAL,
      },
    ],
  },
};

/** Of the namespaces in which the benchmark makes the pods of ReplicaSets. */
export const BENCH_LABELS = { [BENCH_LABEL]: "scale" };

/**
 * Keeps the controller manager from making pods of its own while ours are not all there: it makes them slowly, and takes
 * away what is too many as slowly. `namespace` is any one that carries BENCH_LABELS.
 */
export async function refuseControllerPods(api: Api, namespace: string): Promise<void> {
  await allowControllerPods(api);
  await api("POST", `${PATH}/validatingadmissionpolicies`, POLICY);
  await api("POST", `${PATH}/validatingadmissionpolicybindings`, {
    metadata: { name: NAME },
    spec: { policyName: NAME, validationActions: ["Deny"] },
  });
  // The API server reads a new policy a moment later; a pod made before would be one too many.
  await until("pods of controllers that are refused", HOLDS_WITHIN_MS, () => isProbeRefused(api, namespace));
}

async function isProbeRefused(api: Api, namespace: string): Promise<true | undefined> {
  const probe = { metadata: { name: PROBE }, spec: { containers: [{ name: "probe", image: "none" }] } };
  try {
    await api("POST", `/api/v1/namespaces/${namespace}/pods?dryRun=All`, probe);
    return undefined;
  } catch (error) {
    const text = String(error);
    if (text.includes(REFUSAL)) return true;
    // A new namespace gets its own a moment later.
    if (text.includes("service account")) return undefined;
    throw error;
  }
}

export async function allowControllerPods(api: Api): Promise<void> {
  await api("DELETE", `${PATH}/validatingadmissionpolicybindings/${NAME}`);
  await api("DELETE", `${PATH}/validatingadmissionpolicies/${NAME}`);
}

/** What the controller told of the refusals would be read as a fault of the cluster. */
export async function forgetRefusals(api: Api, namespace: string): Promise<void> {
  await api("DELETE", `/api/v1/namespaces/${namespace}/events?fieldSelector=reason=FailedCreate`);
}
