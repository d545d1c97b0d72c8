import { type Draft, draft, fromControlPlane, fromTenant, subjectOf } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import { outageSeverity } from "../../health.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, textAt } from "../../snapshot/json.ts";
import { ageMs, condition, isLive } from "../../snapshot/pod-state.ts";
import { podSpecPath } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

const PATIENCE_MS = 30_000;

/** Pods whose containers are ready while a readiness gate that nobody sets keeps the pod from being so. */
export function readinessGate(index: SnapshotIndex): readonly Draft[] {
  const pods = index.ofKind("Pod").filter((pod) => isLive(pod) && isHeld(index, pod));
  return [...Map.groupBy(pods, (pod) => index.rootOf(pod))].flatMap(([workload, held]) =>
    gateFinding(index, workload, held),
  );
}

function isHeld(index: SnapshotIndex, pod: SnapshotObject): boolean {
  const ready = condition(pod, "Ready");
  const since = ageMs(index.nowMs, textAt(condition(pod, "ContainersReady"), "lastTransitionTime")) ?? 0;
  return (
    textAt(ready, "status") === "False" && textAt(ready, "reason") === "ReadinessGatesNotReady" && since > PATIENCE_MS
  );
}

function gateFinding(
  index: SnapshotIndex,
  workload: SnapshotObject,
  pods: readonly SnapshotObject[],
): readonly Draft[] {
  const [pod] = pods;
  if (pod === undefined) return [];
  const gates = objectsAt(pod, "spec", "readinessGates").map(({ conditionType }) => String(conditionType));
  const unset = gates.filter((gate) => textAt(condition(pod, gate), "status") !== "True");
  const path = `${podSpecPath(workload)}.readinessGates`;
  const state = unset.map((gate) => `${gate} is ${textAt(condition(pod, gate), "status") ?? "never set"}`).join(", ");
  return [
    draft({
      analyzer: "readiness-gate",
      layer: "cause",
      severity: outageSeverity(index, workload),
      subject: workload,
      causeKey: unset,
      cause: `its containers are ready, but readiness gate ${unset.join(", ")} (${path}) is not fulfilled: condition ${state}`,
      symptom: "readiness gate not fulfilled",
      evidence: [
        fromControlPlane(pod, "status.conditions[Ready].reason", "ReadinessGatesNotReady"),
        fromTenant(pod, "spec.readinessGates", gates.join(", ")),
      ],
      explains: pods
        .filter((one) => one !== workload)
        .map((one) => ({ subject: subjectOf(one), symptom: "not ready" })),
      fix: decision(`run the controller that sets condition ${unset.join(", ")}, or take the gate out of the template`),
    }),
  ];
}
