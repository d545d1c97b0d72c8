import { fromTenant } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt } from "../../snapshot/json.ts";
import { podSpecPath } from "../../snapshot/pod-template.ts";
import type { Explained } from "./creation-refused.ts";
import type { Refusal } from "./refusals.ts";

/** Pods outside of what a LimitRange of the namespace allows: `maximum memory usage per Container is 1Gi, but limit is 2Gi`. */
export function limitRangeRefusal(index: SnapshotIndex, { workload, message }: Refusal): Explained | undefined {
  const rules = [...message.matchAll(RULE)].map(([rule]) => rule.replace(/[.,\]]$/, ""));
  if (rules.length === 0) return undefined;
  const ranges = index.inNamespace("LimitRange", workload.metadata.namespace ?? "");
  const names = ranges.map(({ metadata }) => metadata.name).join(", ");
  const who = `${workload.kind} ${workload.metadata.name}`;
  return {
    analyzer: "limit-range",
    subject: workload,
    causeKey: rules,
    cause: `${who} (${podSpecPath(workload)}.containers[].resources) breaks LimitRange ${names || "of its namespace"}: ${rules.join("; ")}`,
    evidence: ranges.flatMap((range) =>
      objectsAt(range, "spec", "limits").map((limit) =>
        fromTenant(range, `spec.limits[${String(limit["type"])}]`, JSON.stringify({ ...limit, type: undefined })),
      ),
    ),
    decide: "set requests and limits of the pod template inside the LimitRange, or change the range",
  };
}

const RULE =
  /(?:maximum|minimum) \S+ usage per (?:Container|Pod|PersistentVolumeClaim) is [^,]+, but (?:limit|request|no limit|no request)[^,\]]*|\S+ max limit to request ratio per (?:Container|Pod) is [^,]+, but [^,\]]+/g;
