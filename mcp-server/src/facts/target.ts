import type { Target } from "@sre-agent/crds";
import type { KubeObject, Reader } from "@sre-agent/kube";
import type { Autoscaler, ControllerRevision, DisruptionBudget, Workload } from "./workload.ts";

/** The live object that an action is about. */
export function readTarget(reader: Reader, target: Target, signal: AbortSignal): Promise<Workload> {
  const { apiVersion, kind, namespace, name } = target;
  return reader.get<Workload>({ apiVersion, kind, namespace, name }, { signal });
}

export function readNamespace(reader: Reader, name: string, signal: AbortSignal): Promise<Workload> {
  return reader.get<Workload>({ apiVersion: "v1", kind: "Namespace", name }, { signal });
}

/** The lists of the target's namespace that guards and plans look at. */
export const NAMESPACE_LISTS = {
  replicaSets: (reader: Reader, namespace: string, signal: AbortSignal) =>
    all<Workload>(reader, { apiVersion: "apps/v1", kind: "ReplicaSet", namespace, signal }),
  controllerRevisions: (reader: Reader, namespace: string, signal: AbortSignal) =>
    all<ControllerRevision>(reader, { apiVersion: "apps/v1", kind: "ControllerRevision", namespace, signal }),
  pods: (reader: Reader, namespace: string, signal: AbortSignal) =>
    all<Workload>(reader, { apiVersion: "v1", kind: "Pod", namespace, signal }),
  autoscalers: (reader: Reader, namespace: string, signal: AbortSignal) =>
    all<Autoscaler>(reader, { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", namespace, signal }),
  budgets: (reader: Reader, namespace: string, signal: AbortSignal) =>
    all<DisruptionBudget>(reader, { apiVersion: "policy/v1", kind: "PodDisruptionBudget", namespace, signal }),
} as const;

interface NamespaceList {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly signal: AbortSignal;
}

/** A list that was cut is no fact: what was left out might be what matters. */
async function all<T extends KubeObject>(
  reader: Reader,
  { apiVersion, kind, ...options }: NamespaceList,
): Promise<readonly T[]> {
  const { items, truncated } = await reader.listAll<T>({ apiVersion, kind }, options);
  if (truncated) throw new RangeError(`too many objects of kind ${kind} in the namespace`);
  return items;
}
