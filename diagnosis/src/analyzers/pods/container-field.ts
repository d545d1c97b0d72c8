import { podSpecPath } from "../../snapshot/pod-template.ts";
import type { Trouble } from "./container-trouble.ts";

/** `spec.template.spec.containers[web].command`. */
export function fieldOf({ workload, container, state }: Trouble, field: string): string {
  return `${podSpecPath(workload)}.${state.init ? "initContainers" : "containers"}[${container}].${field}`;
}
