import { podSpecPath } from "../../snapshot/pod-template.ts";
import type { Trouble } from "./container-trouble.ts";

/** `spec.template.spec.containers[web].command`; without `field` the container itself. */
export function fieldOf({ workload, container, state }: Trouble, field?: string): string {
  const path = `${podSpecPath(workload)}.${listOf(state)}[${container}]`;
  return field === undefined ? path : `${path}.${field}`;
}

/** `status.initContainerStatuses[migrate]`. */
export function statusOf({ container, state }: Trouble): string {
  return `status.${state.init ? "initContainerStatuses" : "containerStatuses"}[${container}]`;
}

/** The field of a pod spec in which the container stands. */
export function listOf({ init }: Trouble["state"]): "initContainers" | "containers" {
  return init ? "initContainers" : "containers";
}
