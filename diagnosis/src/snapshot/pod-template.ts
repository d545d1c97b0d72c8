import { type Json, objectAt } from "./json.ts";
import type { SnapshotObject } from "./snapshot.ts";

/** Where the pod spec of a kind stands, as steps below the object. */
function podSpecSteps(kind: string): readonly string[] {
  if (kind === "Pod") return ["spec"];
  if (kind === "CronJob") return ["spec", "jobTemplate", "spec", "template", "spec"];
  return ["spec", "template", "spec"];
}

/** The pod spec that a workload asks for, or a pod has; an empty object for other kinds. */
export function podSpecOf(workload: SnapshotObject): Json {
  return objectAt(workload, ...podSpecSteps(workload.kind));
}

/** `spec.template.spec`, for people. */
export function podSpecPath(workload: SnapshotObject): string {
  return podSpecSteps(workload.kind).join(".");
}

/** `/spec/template/spec`, for patches. */
export function podSpecPointer(workload: SnapshotObject): string {
  return `/${podSpecSteps(workload.kind).join("/")}`;
}

/** The labels that a workload's pods get, or a pod carries. */
export function podLabelsOf(workload: SnapshotObject): Json {
  if (workload.kind === "Pod") return objectAt(workload, "metadata", "labels");
  return objectAt(workload, ...podSpecSteps(workload.kind).slice(0, -1), "metadata", "labels");
}
