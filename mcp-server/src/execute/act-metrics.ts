import {
  APPROVAL,
  DENIALS,
  type DenialCode,
  INVESTIGATION,
  OUTCOMES,
  type Outcome,
  REMEDIATION,
} from "@sre-agent/crds";
import type { Metrics } from "@sre-agent/frame";

/** Kinds that the act controller watches. */
const WATCHED = [REMEDIATION.kind, APPROVAL.kind, INVESTIGATION.kind] as const;
type WatchedKind = (typeof WATCHED)[number];

/** What a person on call asks of the act controller. */
export interface ActMetrics {
  /** `verifiedSeconds`: from the write to the outcome, where there was a write. */
  ended(outcome: Outcome, verifiedSeconds: number | undefined): void;
  /** A record goes no further for now, or not at all. */
  refused(code: DenialCode): void;
  leading(is: boolean): void;
  queueDepth(keys: number): void;
  watchAge(kind: WatchedKind, seconds: number): void;
  pruned(records: number): void;
}

const VERIFICATION_SECONDS = [5, 15, 30, 60, 120, 300, 600, 1800];

export function createActMetrics(metrics: Metrics): ActMetrics {
  return { ...recordMetrics(metrics), ...workMetrics(metrics) };
}

function recordMetrics(metrics: Metrics) {
  const outcomes = metrics.counter({
    name: "sre_agent_remediations_total",
    help: "Remediations that ended, by outcome.",
    labels: { outcome: Object.keys(OUTCOMES) },
  });
  const verification = metrics.histogram({
    name: "sre_agent_verification_seconds",
    help: "From the write of a remediation to its outcome.",
    labels: { outcome: Object.keys(OUTCOMES) },
    buckets: VERIFICATION_SECONDS,
  });
  const refusals = metrics.counter({
    name: "sre_agent_execution_denials_total",
    help: "Recorded remediations that guards or gates held back, by denial code.",
    labels: { code: Object.keys(DENIALS) },
  });
  return {
    ended: (outcome, seconds) => {
      outcomes.increment({ outcome });
      if (seconds !== undefined) verification.observe({ outcome }, seconds);
    },
    refused: (code) => refusals.increment({ code }),
  } satisfies Partial<ActMetrics>;
}

function workMetrics(metrics: Metrics) {
  const leader = metrics.gauge({
    name: "sre_agent_act_leading",
    help: "1 on the replica that holds the lease and carries out remediations.",
    labels: {},
  });
  const depth = metrics.gauge({
    name: "sre_agent_queue_depth",
    help: "Keys that are ready to be worked on.",
    labels: { queue: ["remediations"] },
  });
  const age = metrics.gauge({
    name: "sre_agent_watch_age_seconds",
    help: "Time since the API server was last heard on a watch.",
    labels: { kind: WATCHED },
  });
  const pruned = metrics.counter({
    name: "sre_agent_ledger_pruned_total",
    help: "Ended remediations that were deleted after their retention.",
    labels: {},
  });
  return {
    leading: (is) => leader.set({}, is ? 1 : 0),
    queueDepth: (keys) => depth.set({ queue: "remediations" }, keys),
    watchAge: (kind, seconds) => age.set({ kind }, seconds),
    pruned: (records) => pruned.increment({}, records),
  } satisfies Partial<ActMetrics>;
}
