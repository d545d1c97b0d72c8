import { ApiError, methodNotAllowed } from "../api-error.ts";
import { numberOf, recordOf, recordsOf, textOf } from "../json.ts";
import type { KubeObject } from "../object.ts";
import { builtIn } from "../resources/built-in.ts";
import { labelSelectorMatches } from "../select/label-selector.ts";
import { optionsOf } from "./delete.ts";
import { type Answer, type Api, isDryRun, json, parseBody, type TargetRequest } from "./request.ts";

const BUDGET = builtIn("PodDisruptionBudget");
const POD = builtIn("Pod");

/** `pods/eviction`: a deletion that a PodDisruptionBudget can forbid with 429. */
export function evictPod(api: Api, request: TargetRequest): Answer {
  if (request.method !== "POST") throw methodNotAllowed();
  const body = parseBody(request.body, "Eviction");
  const pod = api.registry.get(POD, request.target);
  refuseByBudget(api, pod);
  const options = optionsOf(recordOf(body["deleteOptions"]), request.query);
  api.registry.delete(POD, request.target, { ...options, dryRun: isDryRun(request) });
  return json(201, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 });
}

function refuseByBudget(api: Api, pod: KubeObject): void {
  const { namespace } = pod.metadata;
  const budgets = api.store
    .list(BUDGET.storage, namespace)
    .filter((budget) => labelSelectorMatches(budget.spec?.["selector"], pod.metadata.labels ?? {}));
  for (const budget of budgets) {
    const pods = api.store
      .list(POD.storage, namespace)
      .filter((other) => labelSelectorMatches(budget.spec?.["selector"], other.metadata.labels ?? {}));
    const healthy = pods.filter(isReady).length;
    const needed = neededPods(budget, pods.length);
    if (isReady(pod) && healthy - 1 < needed) throw disrupted(budget.metadata.name, needed, healthy);
  }
}

function neededPods(budget: KubeObject, total: number): number {
  const { minAvailable, maxUnavailable } = recordOf(budget.spec);
  if (minAvailable !== undefined) return resolved(minAvailable, total);
  return Math.max(0, total - resolved(maxUnavailable ?? 1, total));
}

function resolved(value: unknown, total: number): number {
  const percent = /^(\d+)%$/.exec(textOf(value))?.[1];
  return percent === undefined ? numberOf(value) : Math.ceil((Number(percent) / 100) * total);
}

function isReady(pod: KubeObject): boolean {
  return recordsOf(pod.status?.["conditions"]).some(
    (condition) => condition["type"] === "Ready" && condition["status"] === "True",
  );
}

function disrupted(budget: string, needed: number, healthy: number): ApiError {
  const message = `The disruption budget ${budget} needs ${needed} healthy pods and has ${healthy} currently`;
  return new ApiError(429, "Cannot evict pod as it would violate the pod's disruption budget.", {
    reason: "TooManyRequests",
    details: { causes: [{ reason: "DisruptionBudget", message }] },
  });
}
