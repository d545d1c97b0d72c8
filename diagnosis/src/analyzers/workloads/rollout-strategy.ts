import { revisionsOf } from "../../changes/changes-of.ts";
import { type Draft, draft, fromControlPlane, fromTenant } from "../../findings/draft.ts";
import { patchFix } from "../../findings/fix.ts";
import { health, isObserved } from "../../health.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { numberAt, textAt, valueAt } from "../../snapshot/json.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** Rollouts whose strategy took every pod away at once, so that a release that does not start is an outage. */
export function rolloutStrategy(index: SnapshotIndex): readonly Draft[] {
  return index
    .ofKind("Deployment")
    .filter((deployment) => isOutage(index, deployment))
    .map(strategyFinding);
}

function isOutage(index: SnapshotIndex, deployment: SnapshotObject): boolean {
  const { ready, desired } = health(index, deployment);
  const revisions = revisionsOf(index, deployment);
  return (
    isObserved(deployment) && ready === 0 && desired > 1 && revisions.length > 1 && allowsNone(deployment, desired)
  );
}

function allowsNone(deployment: SnapshotObject, desired: number): boolean {
  const type = textAt(deployment, "spec", "strategy", "type") ?? "RollingUpdate";
  const limit = valueAt(deployment, "spec", "strategy", "rollingUpdate", "maxUnavailable");
  return type === "RollingUpdate" && countOf(limit, desired) >= desired;
}

/** A number, or a percentage of `desired`, rounded down as for maxUnavailable. */
function countOf(value: unknown, desired: number): number {
  if (typeof value === "number") return value;
  const [, percent] = /^(\d+)%$/.exec(typeof value === "string" ? value : "25%") ?? [];
  return Math.floor((Number(percent ?? 25) * desired) / 100);
}

function strategyFinding(deployment: SnapshotObject): Draft {
  const path = "spec.strategy.rollingUpdate.maxUnavailable";
  const value = valueAt(deployment, "spec", "strategy", "rollingUpdate", "maxUnavailable");
  const replicas = numberAt(deployment, "spec", "replicas") ?? 1;
  const edit = { path: "/spec/strategy/rollingUpdate/maxUnavailable", from: value, to: "25%" };
  return draft({
    analyzer: "rollout-strategy",
    layer: "apart",
    severity: "error",
    subject: deployment,
    causeKey: ["max-unavailable"],
    cause: `${path} ${JSON.stringify(value)} let the rollout of Deployment ${deployment.metadata.name} remove all ${replicas} old pods before a new one was ready: nothing serves while the new ones do not start`,
    symptom: "the rollout removed every pod at once",
    evidence: [
      fromTenant(deployment, path, JSON.stringify(value)),
      fromControlPlane(deployment, "status.availableReplicas", "0"),
    ],
    fix: patchFix(
      deployment,
      [edit],
      `set ${path} to 25%, so that a release that does not start leaves the old pods serving`,
    ),
  });
}
