import { type Json, objectsAt, textAt } from "./json.ts";
import { podSpecOf, podSpecPath, podSpecPointer } from "./pod-template.ts";
import type { SnapshotObject } from "./snapshot.ts";

/** A container of a workload, and where it stands. */
export interface ContainerPlace {
  readonly container: Json;
  readonly name: string;
  /** `spec.template.spec.containers[web]`, for people. */
  readonly path: string;
  /** `/spec/template/spec/containers/0`, for patches. */
  readonly pointer: string;
}

/** The containers that a workload asks for, in the order in which they start. */
export function containerPlaces(workload: SnapshotObject): readonly ContainerPlace[] {
  return ["initContainers", "containers"].flatMap((list) =>
    objectsAt(podSpecOf(workload), list).map((container, position) => {
      const name = textAt(container, "name") ?? "";
      const path = `${podSpecPath(workload)}.${list}[${name}]`;
      return { container, name, path, pointer: `${podSpecPointer(workload)}/${list}/${position}` };
    }),
  );
}
