import { textAt } from "@sre-agent/diagnosis";
import { autoscalersOf, ownersOf } from "../related.ts";
import { type Relate, relation } from "./relation.ts";
import { shown } from "./state.ts";

/** Autoscalers of the object, or of the workload at its top. */
export const autoscalers: Relate = (index, object) =>
  relation(
    "autoscalers",
    autoscalersOf(index, ownersOf(index, object).at(-1) ?? object).map((each) => shown(index, each)),
  );

/** Of an autoscaler: what it scales. */
export const scaleTarget: Relate = (index, object) => {
  if (object.kind !== "HorizontalPodAutoscaler") return [];
  const [kind = "", name = ""] = ["kind", "name"].map((field) => textAt(object, "spec", "scaleTargetRef", field));
  const target = index.byName(kind, object.metadata.namespace, name);
  return relation("scales", [target === undefined ? `${kind}/${name} (does not exist)` : shown(index, target)]);
};
