import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { type Json, objectAt } from "../../snapshot/json.ts";
import { carriesAll } from "../../snapshot/label-selector.ts";
import { isLive } from "../../snapshot/pod-state.ts";
import { podLabelsOf } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** What stands behind a Service that selects pods. */
export interface Backing {
  readonly service: SnapshotObject;
  readonly selector: Json;
  /** Live pods that the selector matches. */
  readonly pods: readonly SnapshotObject[];
  /** Owners of those pods, and workloads that would make such pods. */
  readonly workloads: readonly SnapshotObject[];
}

const known = new WeakMap<SnapshotIndex, readonly Backing[]>();

/** Every Service that selects pods; computed once for a snapshot. */
export function backingsOf(index: SnapshotIndex): readonly Backing[] {
  const found = known.get(index) ?? index.ofKind("Service").flatMap((service) => backingOf(index, service));
  known.set(index, found);
  return found;
}

const byService = new WeakMap<SnapshotIndex, ReadonlyMap<SnapshotObject, Backing>>();

/** What stands behind one Service; undefined when it selects no pods. */
export function backingBehind(index: SnapshotIndex, service: SnapshotObject): Backing | undefined {
  const found = byService.get(index) ?? new Map(backingsOf(index).map((backing) => [backing.service, backing]));
  byService.set(index, found);
  return found.get(service);
}

function backingOf(index: SnapshotIndex, service: SnapshotObject): readonly Backing[] {
  const selector = objectAt(service, "spec", "selector");
  const namespace = service.metadata.namespace ?? "";
  if (Object.keys(selector).length === 0 || objectAt(service, "spec")["type"] === "ExternalName") return [];
  const pods = index
    .inNamespace("Pod", namespace)
    .filter((pod) => isLive(pod) && carriesAll(pod.metadata.labels, selector));
  const makers = workloadsIn(index, namespace).filter((workload) => carriesAll(podLabelsOf(workload), selector));
  return [{ service, selector, pods, workloads: [...new Set([...pods.map((pod) => index.rootOf(pod)), ...makers])] }];
}

const WORKLOADS = ["Deployment", "StatefulSet", "DaemonSet"];

/** What keeps pods running in a namespace: workloads, and ReplicaSets and pods that belong to none. */
export function workloadsIn(index: SnapshotIndex, namespace: string): readonly SnapshotObject[] {
  const own = (kind: string) =>
    index.inNamespace(kind, namespace).filter((object) => (object.metadata.ownerReferences ?? []).length === 0);
  const pods = own("Pod").filter(isLive);
  return [...WORKLOADS.flatMap((kind) => index.inNamespace(kind, namespace)), ...own("ReplicaSet"), ...pods];
}

/** The labels that the pods of a workload carry: those of a live pod, else those of its template. */
export function labelsOf(index: SnapshotIndex, workload: SnapshotObject): Json {
  const pod = index.podsOf(workload).find(isLive);
  return pod === undefined ? podLabelsOf(workload) : objectAt(pod, "metadata", "labels");
}
