import { fromTenant } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { type Json, objectsAt, valueAt } from "../../snapshot/json.ts";
import { podSpecOf, podSpecPath } from "../../snapshot/pod-template.ts";
import { quantity } from "../../snapshot/quantity.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
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
    cause: `${who} (${placeOf(workload, rules)}) breaks LimitRange ${names || "of its namespace"}: ${rules.join("; ")}`,
    evidence: ranges.flatMap((range) =>
      objectsAt(range, "spec", "limits").map((limit) =>
        fromTenant(range, `spec.limits[${String(limit["type"])}]`, JSON.stringify({ ...limit, type: undefined })),
      ),
    ),
    decide: "set requests and limits of the pod template inside the LimitRange, or change the range",
  };
}

/** The container that breaks a rule, with what it asks for; all of them where none stands out. */
function placeOf(workload: SnapshotObject, rules: readonly string[]): string {
  const at = podSpecPath(workload);
  for (const rule of rules) {
    const [, resource = ""] = /^(?:(?:maximum|minimum) )?(\S+) /.exec(rule) ?? [];
    const found = objectsAt(podSpecOf(workload), "containers").find((one) => isBroken(one, resource, rule));
    if (found === undefined) continue;
    const asked = ["limits", "requests"].flatMap((field) => {
      const value = valueAt(found, "resources", field, resource);
      return value === undefined ? [] : [`${field}.${resource} ${String(value)}`];
    });
    return `${at}.containers[${String(found["name"])}].resources: ${asked.join(", ")}`;
  }
  return `${at}.containers[].resources`;
}

function isBroken(container: Json, resource: string, rule: string): boolean {
  const [limit, request] = ["limits", "requests"].map((field) =>
    quantity(valueAt(container, "resources", field, resource)),
  );
  const [, ratio] = /ratio per Container is ([^,]+),/.exec(rule) ?? [];
  const [, field, value] = /but (limit|request) is (\S+)$/.exec(rule) ?? [];
  if (ratio !== undefined) return (limit ?? 0) / (request ?? Number.POSITIVE_INFINITY) > (quantity(ratio) ?? 0);
  return value !== undefined && quantity(value) === (field === "limit" ? limit : request);
}

const RULE =
  /(?:maximum|minimum) \S+ usage per (?:Container|Pod|PersistentVolumeClaim) is [^,]+, but (?:limit|request|no limit|no request)[^,\]]*|\S+ max limit to request ratio per (?:Container|Pod) is [^,]+, but [^,\]]+/g;
