import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { type Json, objectAt } from "../../snapshot/json.ts";
import { byLabels, type Labelled } from "../../snapshot/labelled.ts";
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
  const { pods: livePods, makers } = selectableIn(index, namespace);
  const pods = livePods.carrying(selector);
  const workloads = new Set([...pods.map((pod) => index.rootOf(pod)), ...makers.carrying(selector)]);
  return [{ service, selector, pods, workloads: [...workloads] }];
}

const WORKLOADS = ["Deployment", "StatefulSet", "DaemonSet"];

/** What keeps pods running in a namespace: workloads, and ReplicaSets and pods that belong to none. */
export function workloadsIn(index: SnapshotIndex, namespace: string): readonly SnapshotObject[] {
  return selectableIn(index, namespace).workloads;
}

interface Selectable {
  readonly workloads: readonly SnapshotObject[];
  /** Live pods, by their labels. */
  readonly pods: Labelled;
  /** The workloads, by the labels of the pods that they make. */
  readonly makers: Labelled;
}

const selectable = new WeakMap<SnapshotIndex, Map<string, Selectable>>();

/** What Services of a namespace may select; computed once for a snapshot. */
function selectableIn(index: SnapshotIndex, namespace: string): Selectable {
  const ofIndex = selectable.get(index) ?? new Map<string, Selectable>();
  selectable.set(index, ofIndex);
  const found = ofIndex.get(namespace) ?? readSelectable(index, namespace);
  ofIndex.set(namespace, found);
  return found;
}

function readSelectable(index: SnapshotIndex, namespace: string): Selectable {
  const own = (object: SnapshotObject) => (object.metadata.ownerReferences ?? []).length === 0;
  const live = index.inNamespace("Pod", namespace).filter(isLive);
  const workloads = [
    ...WORKLOADS.flatMap((kind) => index.inNamespace(kind, namespace)),
    ...index.inNamespace("ReplicaSet", namespace).filter(own),
    ...live.filter(own),
  ];
  return { workloads, pods: byLabels(live, podLabelsOf), makers: byLabels(workloads, podLabelsOf) };
}

/** What controllers add to the labels of pods: another value for every revision, which nobody should select. */
const OF_REVISION = new Set(["pod-template-hash", "controller-revision-hash", "pod-template-generation"]);

/** The labels that the pods of a workload carry in every revision: those of a live pod, else those of its template. */
export function labelsOf(index: SnapshotIndex, workload: SnapshotObject): Json {
  const pod = index.podsOf(workload).find(isLive);
  const labels = pod === undefined ? podLabelsOf(workload) : objectAt(pod, "metadata", "labels");
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !OF_REVISION.has(key)));
}
