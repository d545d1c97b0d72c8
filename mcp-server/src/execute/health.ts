import type { Health } from "@sre-agent/crds";
import type { KindRef } from "@sre-agent/kube";
import type { Workload } from "../facts/workload.ts";

/** Measured on the workload's own status: 0 is healthy, higher is worse. */
export type Measurement = Omit<Health, "at">;

/** What to measure: the target, or for an evicted pod its controller. */
export interface HealthSubject extends KindRef {
  readonly namespace: string;
  readonly name: string;
}

/** Throws KubeError when the subject cannot be read. */
export type HealthProbe = (subject: HealthSubject, signal: AbortSignal) => Promise<Measurement>;

interface Counts {
  readonly desired: number;
  readonly available: number;
  readonly updated: number;
  readonly total: number;
}

/** Missing replicas weigh most, then a rollout that is stuck, then one that is merely under way. */
export function measureWorkload(live: Workload): Measurement {
  const counts = countsOf(live);
  const { desired, available, updated, total } = counts;
  const missing = Math.max(0, desired - available);
  const behind = (live.status?.observedGeneration ?? 0) < (live.metadata.generation ?? 0);
  const rolling = behind || updated < desired || total > updated;
  const stuck = isStuck(live) || (live.status?.unavailableReplicas ?? 0) > missing;
  const severity = missing * 10 + (stuck ? 5 : 0) + (rolling ? 1 : 0);
  const state = [...(rolling ? ["rollout under way"] : []), ...(stuck ? ["rollout not getting on"] : [])];
  const message = [`${available} of ${desired} available`, ...state].join(", ");
  return { severity, ready: available, desired, message };
}

function countsOf({ kind, spec, status = {} }: Workload): Counts {
  if (kind === "DaemonSet") {
    const desired = status.desiredNumberScheduled ?? 0;
    return {
      desired,
      available: status.numberAvailable ?? 0,
      updated: status.updatedNumberScheduled ?? 0,
      total: desired,
    };
  }
  const desired = spec?.replicas ?? 1;
  const total = status.replicas ?? 0;
  // A ReplicaSet has one template: all its pods are of it.
  const updated = kind === "ReplicaSet" ? total : (status.updatedReplicas ?? 0);
  return { desired, available: status.availableReplicas ?? 0, updated, total };
}

function isStuck({ status }: Workload): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === "Progressing" && value === "False") === true;
}
