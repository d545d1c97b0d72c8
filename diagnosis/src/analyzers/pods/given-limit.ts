import type { FindingEvidence } from "@sre-agent/crds";
import { fromTenant } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, textAt, valueAt } from "../../snapshot/json.ts";
import { podSpecOf } from "../../snapshot/pod-template.ts";
import { fieldOf, listOf } from "./container-field.ts";
import type { Trouble } from "./container-trouble.ts";

interface GivenLimit {
  readonly words: string;
  readonly evidence: FindingEvidence;
}

/** Where a memory limit comes from that the workload does not set: the default of a LimitRange. */
export function givenLimit(index: SnapshotIndex, trouble: Trouble, limit: unknown): GivenLimit | undefined {
  const { workload, container, state } = trouble;
  const own = objectsAt(podSpecOf(workload), listOf(state)).find(({ name }) => name === container);
  if (workload.kind === "Pod" || valueAt(own, "resources", "limits", "memory") !== undefined) return undefined;
  for (const range of index.inNamespace("LimitRange", workload.metadata.namespace ?? "")) {
    const rules = objectsAt(range, "spec", "limits").filter((rule) => textAt(rule, "type") === "Container");
    if (!rules.some((rule) => valueAt(rule, "default", "memory") === limit)) continue;
    const field = "spec.limits[Container].default.memory";
    const named = `LimitRange ${range.metadata.name}`;
    return {
      words: `, which ${named} gives to containers without one (${field}): ${fieldOf(trouble, "resources.limits.memory")} is not set`,
      evidence: fromTenant(range, field, String(limit)),
    };
  }
  return undefined;
}
