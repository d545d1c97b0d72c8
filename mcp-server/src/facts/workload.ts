import type { KubeObject } from "@sre-agent/kube";

export type Labels = Readonly<Record<string, string>>;

/** A pod template as the API server sends it; compared and copied as a whole, never interpreted. */
export interface PodTemplate {
  readonly metadata?: { readonly labels?: Labels; readonly annotations?: Labels; readonly [field: string]: unknown };
  readonly spec?: unknown;
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

export interface RollingUpdate {
  readonly type?: string;
  readonly rollingUpdate?: { readonly maxUnavailable?: number | string; readonly maxSurge?: number | string };
}

/** What guards, plans and verification read of a Deployment, StatefulSet, DaemonSet, ReplicaSet, Pod or Namespace. */
export interface Workload extends KubeObject {
  readonly spec?: {
    readonly replicas?: number;
    readonly paused?: boolean;
    readonly podManagementPolicy?: string;
    readonly strategy?: RollingUpdate;
    readonly updateStrategy?: RollingUpdate;
    readonly selector?: { readonly matchLabels?: Labels };
    readonly template?: PodTemplate;
  };
  readonly status?: {
    readonly phase?: string;
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly updatedReplicas?: number;
    readonly unavailableReplicas?: number;
    readonly desiredNumberScheduled?: number;
    readonly numberReady?: number;
    readonly numberAvailable?: number;
    readonly updatedNumberScheduled?: number;
    readonly conditions?: readonly Condition[];
  };
}

/** A state of a StatefulSet or DaemonSet as its controller recorded it. */
export interface ControllerRevision extends KubeObject {
  readonly revision: number;
  readonly data?: { readonly spec?: { readonly template?: PodTemplate } };
}

/** What an event of a workload's controller says. */
export interface ControllerEvent extends KubeObject {
  readonly reason?: string;
  readonly message?: string;
  readonly lastTimestamp?: string | null;
  readonly involvedObject?: { readonly uid?: string };
}

export interface Autoscaler extends KubeObject {
  readonly spec: { readonly scaleTargetRef: { readonly kind: string; readonly name: string } };
}

export interface DisruptionBudget extends KubeObject {
  /** A metav1.LabelSelector. */
  readonly spec?: { readonly selector?: object };
  readonly status?: { readonly disruptionsAllowed?: number };
}

export function carriesAll(labels: Labels | undefined, wanted: Labels): boolean {
  return Object.entries(wanted).every(([name, value]) => labels?.[name] === value);
}

export function controllerOf(object: KubeObject) {
  return object.metadata.ownerReferences?.find(({ controller }) => controller === true);
}

export function ownedBy(uid: string): (object: KubeObject) => boolean {
  return (object) => controllerOf(object)?.uid === uid;
}

export function isReady(pod: Workload): boolean {
  return (
    pod.metadata.deletionTimestamp === undefined &&
    pod.status?.conditions?.find(({ type }) => type === "Ready")?.status === "True"
  );
}

const REVISION = "deployment.kubernetes.io/revision";

/** The revision number of a Deployment or of one of its ReplicaSets. */
export function revisionOf(object: KubeObject): number | undefined {
  const revision = Number(object.metadata.annotations?.[REVISION]);
  return Number.isInteger(revision) && revision > 0 ? revision : undefined;
}
