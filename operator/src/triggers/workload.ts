import type { KubeObject, OwnerReference } from "@sre-agent/kube";

/** A condition as workloads and pods carry it. */
export interface ObservedCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string | undefined;
  readonly lastTransitionTime: string | undefined;
}

/** What is kept of a Deployment, StatefulSet or DaemonSet. */
export interface WatchedWorkload {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly selector: LabelSelector;
  readonly replicas: { readonly desired: number; readonly ready: number };
  readonly conditions: readonly ObservedCondition[];
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

interface ContainerExit {
  readonly reason: string;
  readonly exitCode: number;
  readonly finishedAt: string | undefined;
}

export interface WatchedContainer {
  readonly name: string;
  readonly ready: boolean;
  readonly waiting: string | undefined;
  /** How its run ended, while it has not been started again. */
  readonly exit: ContainerExit | undefined;
  /** How the run before the current one ended. */
  readonly last: ContainerExit | undefined;
}

/** What is kept of a Pod. */
export interface WatchedPod {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly owner: { readonly kind: string; readonly name: string; readonly uid: string } | undefined;
  readonly createdAt: string;
  readonly phase: string;
  /** Deleted, or run to its end: its conditions say nothing about the workload. */
  readonly gone: boolean;
  readonly conditions: readonly ObservedCondition[];
  readonly containers: readonly WatchedContainer[];
}

interface StatusCounters {
  readonly readyReplicas?: number;
  readonly numberReady?: number;
  readonly desiredNumberScheduled?: number;
  readonly conditions?: readonly Partial<ObservedCondition>[];
}

export interface WorkloadObject extends KubeObject {
  readonly spec: { readonly replicas?: number; readonly selector?: LabelSelector };
  readonly status?: StatusCounters;
}

/** `kind` is given because items of a list do not carry theirs. */
export function workloadOf({ metadata, spec, status = {} }: WorkloadObject, kind: string): WatchedWorkload {
  return {
    apiVersion: "apps/v1",
    kind,
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    uid: metadata.uid,
    labels: metadata.labels ?? {},
    selector: spec.selector ?? {},
    replicas: {
      desired: spec.replicas ?? status.desiredNumberScheduled ?? 1,
      ready: status.readyReplicas ?? status.numberReady ?? 0,
    },
    conditions: (status.conditions ?? []).map(conditionOf),
  };
}

interface ContainerState {
  readonly waiting?: { readonly reason?: string };
  readonly terminated?: { readonly reason?: string; readonly exitCode?: number; readonly finishedAt?: string };
}

interface ContainerStatus {
  readonly name: string;
  readonly ready?: boolean;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

export interface PodObject extends KubeObject {
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly Partial<ObservedCondition>[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

export function podOf({ metadata, status = {} }: PodObject): WatchedPod {
  const phase = status.phase ?? "Unknown";
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  return {
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    labels: metadata.labels ?? {},
    owner: ownerOf(metadata.ownerReferences ?? []),
    createdAt: metadata.creationTimestamp,
    phase,
    gone: metadata.deletionTimestamp !== undefined || phase === "Succeeded",
    conditions: (status.conditions ?? []).map(conditionOf),
    containers: containers.map(containerOf),
  };
}

function ownerOf(references: readonly OwnerReference[]): WatchedPod["owner"] {
  const owner = references.find(({ controller }) => controller === true);
  return owner === undefined ? undefined : { kind: owner.kind, name: owner.name, uid: owner.uid };
}

function conditionOf({ type = "", status = "Unknown", reason, lastTransitionTime }: Partial<ObservedCondition>) {
  return { type, status, reason, lastTransitionTime };
}

function containerOf({ name, ready, state, lastState }: ContainerStatus): WatchedContainer {
  return {
    name,
    ready: ready ?? false,
    waiting: state?.waiting?.reason,
    exit: exitOf(state),
    last: exitOf(lastState),
  };
}

function exitOf(state: ContainerState | undefined): ContainerExit | undefined {
  const ended = state?.terminated ?? undefined;
  if (ended === undefined) return undefined;
  return { reason: ended.reason ?? "", exitCode: ended.exitCode ?? 0, finishedAt: ended.finishedAt ?? undefined };
}

/** `pods` by what controls them in the end, so that each workload looks at its own only. */
export function groupByRoot(pods: readonly WatchedPod[]): ReadonlyMap<string | undefined, readonly WatchedPod[]> {
  return Map.groupBy(pods, rootOf);
}

/** Those of `groups` that are the workload's: controlled by it, and selected. */
export function podsOf(workload: WatchedWorkload, groups: ReturnType<typeof groupByRoot>): readonly WatchedPod[] {
  const { kind, name, namespace, uid, selector } = workload;
  const root = kind === "Deployment" ? deploymentRoot(namespace, name) : uid;
  return (groups.get(root) ?? []).filter((pod) => pod.namespace === namespace && selects(selector, pod.labels));
}

/** A ReplicaSet of a Deployment is named `<deployment>-<hash>`, and the hash has no dash: no watch is needed to tell. */
function rootOf({ namespace, owner }: WatchedPod): string | undefined {
  if (owner?.kind !== "ReplicaSet") return owner?.uid;
  return deploymentRoot(namespace, owner.name.slice(0, Math.max(0, owner.name.lastIndexOf("-"))));
}

function deploymentRoot(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

/** An empty selector selects nothing: a workload without one owns no pods. */
export function selects(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: Readonly<Record<string, string>>,
): boolean {
  const equal = Object.entries(matchLabels);
  if (equal.length + matchExpressions.length === 0) return false;
  return (
    equal.every(([key, value]) => labels[key] === value) &&
    matchExpressions.every((expression) => matches(expression, labels[expression.key]))
  );
}

function matches(
  { operator, values = [] }: NonNullable<LabelSelector["matchExpressions"]>[number],
  value: string | undefined,
): boolean {
  if (operator === "Exists") return value !== undefined;
  if (operator === "DoesNotExist") return value === undefined;
  const listed = value !== undefined && values.includes(value);
  return operator === "In" ? listed : operator === "NotIn" && !listed;
}
