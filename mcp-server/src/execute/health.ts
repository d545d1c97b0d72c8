import type { Health } from "@sre-agent/crds";
import { health, indexSnapshot, type SnapshotObject } from "@sre-agent/diagnosis";
import { type KindRef, KubeError, type KubeObject, type Reader } from "@sre-agent/kube";

/** Read from status alone: 0 is healthy, higher is worse. */
type Measurement = Omit<Health, "at">;

/** What to measure: the target, or for an evicted pod its controller. */
export interface HealthSubject extends KindRef {
  readonly namespace: string;
  readonly name: string;
  /** Of the very object; a namesake is not measured for it. */
  readonly uid?: string;
}

/** Throws KubeError when the subject or its pods cannot be read; NOT_FOUND also where a namesake stands in its place. */
export type HealthProbe = (subject: HealthSubject, signal: AbortSignal) => Promise<Measurement>;

/** Whatever it is, as the analyzers take it. */
type Measured = KubeObject & SnapshotObject;

const MAX_MESSAGE = 500;

/** Measures a workload with its ReplicaSets and pods as they are now. */
export function createHealthProbe(reader: Reader): HealthProbe {
  return async ({ apiVersion, kind, namespace, name, uid }, signal) => {
    const options = { namespace, signal };
    const [workload, replicaSets, pods] = await Promise.all([
      reader.get<Measured>({ apiVersion, kind, namespace, name }, { signal }),
      reader.listAll<Measured>({ apiVersion: "apps/v1", kind: "ReplicaSet" }, options),
      reader.listAll<Measured>({ apiVersion: "v1", kind: "Pod" }, options),
    ]);
    if (uid !== undefined && workload.metadata.uid !== uid) {
      throw new KubeError(`${kind} ${name} is another object by now`, { code: "NOT_FOUND" });
    }
    const objects = [workload, ...replicaSets.items, ...pods.items];
    const now = new Date(0).toISOString();
    const index = indexSnapshot({ now, namespaces: [namespace], objects, logs: [], gaps: [] });
    const measured = health(index, workload);
    return { ...measured, message: measured.message.slice(0, MAX_MESSAGE) };
  };
}
