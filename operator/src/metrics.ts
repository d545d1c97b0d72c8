import { DECISIONS, type DecisionKind, INVESTIGATION_PHASES, type InvestigationPhase } from "@sre-agent/crds";
import type { Metrics } from "@sre-agent/frame";

const QUEUES = ["triggers", "investigations"] as const;
type QueueName = (typeof QUEUES)[number];
const WATCHED = ["SreTrigger", "SreInvestigation", "SreApproval", "SreRemediation", "SrePolicy"] as const;
export type WatchedKind = (typeof WATCHED)[number];
const PHASES = Object.keys(INVESTIGATION_PHASES) as InvestigationPhase[];
const SECONDS = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

export interface OperatorMetrics {
  /** All phases at once: those without a run become 0. */
  phases(phases: readonly InvestigationPhase[]): void;
  decided(decision: DecisionKind): void;
  decideSeconds(seconds: number): void;
  agentUnavailable(): void;
  queueDepth(queue: QueueName, keys: number): void;
  watchAge(kind: WatchedKind, seconds: number): void;
}

export function createOperatorMetrics(metrics: Metrics): OperatorMetrics {
  const runs = metrics.gauge({
    name: "sre_agent_investigations",
    help: "Investigations in the cluster, by phase.",
    labels: { phase: PHASES },
  });
  const decisions = metrics.counter({
    name: "sre_agent_decisions_total",
    help: "Decisions of the agent.",
    labels: { decision: DECISIONS },
  });
  const seconds = metrics.histogram({
    name: "sre_agent_decide_seconds",
    help: "Duration of one step of the agent.",
    labels: {},
    buckets: SECONDS,
  });
  const away = metrics.counter({
    name: "sre_agent_agent_unavailable_total",
    help: "Calls of the agent that gave no usable answer.",
    labels: {},
  });
  const depth = metrics.gauge({
    name: "sre_agent_queue_depth",
    help: "Keys that are ready to be worked on.",
    labels: { queue: QUEUES },
  });
  const age = metrics.gauge({
    name: "sre_agent_watch_age_seconds",
    help: "Time since the API server was last heard on a watch.",
    labels: { kind: WATCHED },
  });
  return {
    phases: (phases) => {
      for (const phase of PHASES) runs.set({ phase }, phases.filter((one) => one === phase).length);
    },
    decided: (decision) => decisions.increment({ decision }),
    decideSeconds: (value) => seconds.observe({}, value),
    agentUnavailable: () => away.increment({}),
    queueDepth: (queue, keys) => depth.set({ queue }, keys),
    watchAge: (kind, value) => age.set({ kind }, value),
  };
}
