import { DECISIONS, type DecisionKind, INVESTIGATION_PHASES, type InvestigationPhase } from "@sre-agent/crds";
import type { Metrics } from "@sre-agent/frame";

const QUEUES = ["triggers", "investigations"] as const;
type QueueName = (typeof QUEUES)[number];
const WATCHED = ["SreTrigger", "SreInvestigation", "SreApproval", "SreRemediation", "SrePolicy"] as const;
export type WatchedKind = (typeof WATCHED)[number];
const PHASES = Object.keys(INVESTIGATION_PHASES) as InvestigationPhase[];
const SECONDS = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
const LONG_SECONDS = [1, 5, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 86_400];
const SOURCES = ["condition", "event"] as const;
/** Queued: created until started. Decided: started until decided. Ended: created until ended. */
const STAGES = ["queued", "decided", "ended"] as const;

export interface OperatorMetrics {
  /** All phases at once: those without a run become 0. */
  phases(phases: readonly InvestigationPhase[]): void;
  incidentOpened(source: (typeof SOURCES)[number]): void;
  openIncidents(incidents: number): void;
  ended(phase: InvestigationPhase): void;
  stageSeconds(stage: (typeof STAGES)[number], seconds: number): void;
  decided(decision: DecisionKind): void;
  decideSeconds(seconds: number): void;
  transcriptStored(bytes: number): void;
  agentUnavailable(): void;
  queueDepth(queue: QueueName, keys: number): void;
  watchAge(kind: WatchedKind, seconds: number): void;
}

export function createOperatorMetrics(metrics: Metrics): OperatorMetrics {
  return {
    ...investigationMetrics(metrics),
    ...incidentMetrics(metrics),
    ...agentMetrics(metrics),
    ...workMetrics(metrics),
  };
}

function incidentMetrics(metrics: Metrics) {
  const opened = metrics.counter({
    name: "sre_agent_incidents_total",
    help: "Incidents that a trigger opened, by what showed them.",
    labels: { source: SOURCES },
  });
  const open = metrics.gauge({
    name: "sre_agent_incidents_open",
    help: "Incidents that hold right now, over all triggers.",
    labels: {},
  });
  return {
    incidentOpened: (source) => opened.increment({ source }),
    openIncidents: (incidents) => open.set({}, incidents),
  } satisfies Partial<OperatorMetrics>;
}

function investigationMetrics(metrics: Metrics) {
  const runs = metrics.gauge({
    name: "sre_agent_investigations",
    help: "Investigations in the cluster, by phase.",
    labels: { phase: PHASES },
  });
  const ends = metrics.counter({
    name: "sre_agent_investigations_ended_total",
    help: "Investigations that ended, by phase.",
    labels: { phase: PHASES },
  });
  const stages = metrics.histogram({
    name: "sre_agent_investigation_seconds",
    help: "Duration of an investigation: created to started, started to decided, created to ended.",
    labels: { stage: STAGES },
    buckets: LONG_SECONDS,
  });
  const decisions = metrics.counter({
    name: "sre_agent_decisions_total",
    help: "Decisions of the agent.",
    labels: { decision: DECISIONS },
  });
  const bytes = metrics.counter({
    name: "sre_agent_transcript_bytes_total",
    help: "Bytes of journal stored as SreTranscripts.",
    labels: {},
  });
  return {
    phases: (phases) => {
      for (const phase of PHASES) runs.set({ phase }, phases.filter((one) => one === phase).length);
    },
    ended: (phase) => ends.increment({ phase }),
    stageSeconds: (stage, value) => stages.observe({ stage }, value),
    decided: (decision) => decisions.increment({ decision }),
    transcriptStored: (size) => bytes.increment({}, size),
  } satisfies Partial<OperatorMetrics>;
}

function agentMetrics(metrics: Metrics) {
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
  return {
    decideSeconds: (value) => seconds.observe({}, value),
    agentUnavailable: () => away.increment({}),
  } satisfies Partial<OperatorMetrics>;
}

function workMetrics(metrics: Metrics) {
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
    queueDepth: (queue, keys) => depth.set({ queue }, keys),
    watchAge: (kind, value) => age.set({ kind }, value),
  } satisfies Partial<OperatorMetrics>;
}
