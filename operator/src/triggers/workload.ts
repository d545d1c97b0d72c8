import type { KubeObject } from "@sre-agent/kube";
import { controllerOf } from "./ownership.ts";

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
  readonly replicas: { readonly desired: number; readonly ready: number };
  readonly conditions: readonly ObservedCondition[];
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
  readonly name: string;
  readonly uid: string;
  /** uid of its controller. */
  readonly owner: string | undefined;
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
  readonly spec: { readonly replicas?: number };
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
    name: metadata.name,
    uid: metadata.uid,
    owner: controllerOf(metadata.ownerReferences),
    createdAt: metadata.creationTimestamp,
    phase,
    gone: metadata.deletionTimestamp !== undefined || phase === "Succeeded",
    conditions: (status.conditions ?? []).map(conditionOf),
    containers: containers.map(containerOf),
  };
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
