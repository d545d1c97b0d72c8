import { fromTenant } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textAt } from "../../snapshot/json.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import type { Wrong } from "./autoscaler.ts";

/** Two autoscalers of one workload: the controller lets neither of them scale. Told once, of the first by name. */
export function contention(index: SnapshotIndex, scaler: SnapshotObject): Wrong | "told" | undefined {
  const { name, namespace = "" } = scaler.metadata;
  const target = targetText(scaler);
  const rivals = index
    .inNamespace("HorizontalPodAutoscaler", namespace)
    .filter(({ metadata }) => metadata.name !== name)
    .filter((other) => targetText(other) === target);
  const [rival] = rivals;
  if (rival === undefined) return undefined;
  if (rivals.some((other) => other.metadata.name < name)) return "told";
  const others = rivals.map(({ metadata }) => `HorizontalPodAutoscaler/${metadata.name}`).join(" and ");
  return {
    key: "contention",
    severity: "error",
    words: `and ${others} have the same spec.scaleTargetRef ${target}: the controller lets none of them scale it`,
    evidence: [scaler, ...rivals].map((one) => fromTenant(one, "spec.scaleTargetRef", target)),
    edited: "spec.scaleTargetRef",
    fix: decision(
      `decide which autoscaler should scale ${target}, give it all the metrics, and let the other one name another workload or go`,
    ),
  };
}

function targetText(scaler: SnapshotObject): string {
  const [kind, name] = ["kind", "name"].map((field) => textAt(scaler, "spec", "scaleTargetRef", field) ?? "");
  return `${kind}/${name}`;
}
