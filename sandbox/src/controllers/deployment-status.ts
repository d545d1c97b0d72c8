import { timestamp } from "../clock.ts";
import { type JsonRecord, numberOf, recordsOf } from "../json.ts";
import type { KubeObject } from "../object.ts";
import { withTransitionTimes } from "./conditions.ts";
import { unavailable } from "./rollout-plan.ts";

interface StatusFacts {
  readonly deployment: KubeObject;
  /** The ReplicaSet of the present template. */
  readonly current: KubeObject | undefined;
  readonly owned: readonly KubeObject[];
  readonly timedOut: boolean;
  readonly nowMs: number;
}

interface Counts {
  readonly wanted: number;
  readonly replicas: number;
  readonly updated: number;
  readonly ready: number;
  readonly available: number;
}

/** The status of a Deployment from its ReplicaSets; zero counters are left out, as they are on the wire. */
export function deploymentStatus(facts: StatusFacts): JsonRecord {
  const { deployment, owned, nowMs } = facts;
  const counts = countsOf(facts);
  const missing = Math.max(0, Math.max(...[counts.wanted, sum(owned, "spec")]) - counts.available);
  const wanted = [availableCondition(deployment, counts), progressingCondition(facts, counts)];
  return {
    ...nonZero({
      availableReplicas: counts.available,
      readyReplicas: counts.ready,
      replicas: counts.replicas,
      unavailableReplicas: missing,
      updatedReplicas: counts.updated,
    }),
    conditions: withUpdateTimes(
      deployment,
      withTransitionTimes(deployment.status?.["conditions"], wanted, nowMs),
      nowMs,
    ),
    observedGeneration: deployment.metadata.generation,
  };
}

function sum(objects: readonly KubeObject[], part: "spec" | "status", field = "replicas"): number {
  return objects.reduce((total, object) => total + numberOf(object[part]?.[field]), 0);
}

function countsOf({ deployment, current, owned }: StatusFacts): Counts {
  const now = owned.filter(({ metadata }) => metadata.uid === current?.metadata.uid);
  return {
    wanted: numberOf(deployment.spec?.["replicas"]),
    replicas: sum(owned, "status"),
    updated: sum(now, "status"),
    ready: sum(owned, "status", "readyReplicas"),
    available: sum(owned, "status", "availableReplicas"),
  };
}

function nonZero(counters: Readonly<Record<string, number>>): JsonRecord {
  return Object.fromEntries(Object.entries(counters).filter(([, value]) => value !== 0));
}

function availableCondition(deployment: KubeObject, counts: Counts): JsonRecord {
  const isAvailable = counts.available >= counts.wanted - unavailable(deployment);
  return isAvailable
    ? {
        type: "Available",
        status: "True",
        reason: "MinimumReplicasAvailable",
        message: "Deployment has minimum availability.",
      }
    : {
        type: "Available",
        status: "False",
        reason: "MinimumReplicasUnavailable",
        message: "Deployment does not have minimum availability.",
      };
}

function progressingCondition(facts: StatusFacts, counts: Counts): JsonRecord {
  const name = `ReplicaSet "${facts.current?.metadata.name}"`;
  const complete =
    counts.updated === counts.wanted && counts.replicas === counts.wanted && counts.available === counts.wanted;
  const before = recordsOf(facts.deployment.status?.["conditions"]).find(({ type }) => type === "Progressing");
  // A finished rollout stays finished when pods fail later: only a new one can time out.
  const wasComplete = before?.["reason"] === "NewReplicaSetAvailable" && before["message"] === doneMessage(name);
  if (complete || wasComplete) return progressing("True", "NewReplicaSetAvailable", doneMessage(name));
  if (facts.timedOut) return progressing("False", "ProgressDeadlineExceeded", `${name} has timed out progressing.`);
  return progressing("True", "ReplicaSetUpdated", `${name} is progressing.`);
}

function doneMessage(name: string): string {
  return `${name} has successfully progressed.`;
}

function progressing(status: string, reason: string, message: string): JsonRecord {
  return { type: "Progressing", status, reason, message };
}

function withUpdateTimes(
  deployment: KubeObject,
  conditions: readonly JsonRecord[],
  nowMs: number,
): readonly JsonRecord[] {
  const before = recordsOf(deployment.status?.["conditions"]);
  return conditions.map((condition) => {
    const old = before.find(({ type }) => type === condition["type"]);
    const isSame = old?.["reason"] === condition["reason"] && old?.["message"] === condition["message"];
    return { ...condition, lastUpdateTime: isSame ? old?.["lastUpdateTime"] : timestamp(nowMs) };
  });
}
