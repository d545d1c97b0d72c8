import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt } from "../../snapshot/json.ts";
import { isReady } from "../../snapshot/pod-state.ts";
import { podLabelsOf } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { workloadsIn } from "./backing.ts";

/** What runs and misses a Service's selector by one label: another track or version, which may be the one that was meant. */
export function runningBeside(index: SnapshotIndex, services: readonly SnapshotObject[]): string {
  for (const service of services) {
    const selector = Object.entries(objectAt(service, "spec", "selector"));
    for (const workload of workloadsIn(index, service.metadata.namespace ?? "")) {
      const labels = podLabelsOf(workload);
      const off = selector.filter(([key, value]) => labels[key] !== value);
      const [[key, wanted] = ["", ""], ...others] = off;
      const near = selector.length > 1 && others.length === 0 && typeof labels[key] === "string";
      if (near && index.podsOf(workload).some(isReady)) {
        return `; the pods of ${workload.kind}/${workload.metadata.name} are ready and carry ${key}=${String(labels[key])} where spec.selector of Service/${service.metadata.name} asks ${key}=${String(wanted)}`;
      }
    }
  }
  return "";
}
