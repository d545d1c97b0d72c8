import {
  type Condition,
  type ConditionChange,
  canonicalJson,
  findCondition,
  type InvestigationStatus,
  investigationPhase,
  withCondition,
} from "@sre-agent/crds";
import { GEN_AI, K8S, OPERATIONS, recordSpan } from "@sre-agent/frame";
import type { InvestigationDependencies, Run } from "./step.ts";

export interface StatusChange {
  readonly conditions?: readonly Omit<ConditionChange, "observedGeneration">[];
  /** Members to set; what is not named stays. */
  readonly set?: Omit<InvestigationStatus, "conditions" | "phase" | "observedGeneration">;
}

type StatusDependencies = Pick<InvestigationDependencies, "recordWriter" | "clock" | "metrics">;

/**
 * The one writer of SreInvestigation.status: compare-and-swap, phase computed. Nothing is sent when nothing changes.
 * @throws KubeError CONFLICT when the object changed since it was read: the pass begins anew.
 */
export async function writeStatus(
  { recordWriter, clock, metrics }: StatusDependencies,
  run: Run,
  change: StatusChange,
): Promise<Run> {
  const { generation = 0 } = run.metadata;
  const now = new Date(clock.now()).toISOString();
  const conditions = (change.conditions ?? []).reduce<readonly Condition[]>(
    (list, one) => withCondition(list, { ...one, observedGeneration: generation }, now),
    run.status?.conditions ?? [],
  );
  const status: InvestigationStatus = {
    ...run.status,
    ...change.set,
    observedGeneration: generation,
    conditions: [...conditions],
    phase: investigationPhase(conditions),
  };
  if (run.status !== undefined && canonicalJson(status) === canonicalJson(run.status)) return run;
  const written = await recordWriter.replaceStatus<Run>(run, status);
  measureStages(metrics, run, written);
  tellTrace(run, written);
  return written;
}

/** Each stage is measured by the write that ended it, so once. */
function measureStages(
  metrics: StatusDependencies["metrics"],
  { status: before }: Run,
  { metadata, status }: Run,
): void {
  const { startedAt, decidedAt, completedAt, phase } = status ?? {};
  const seconds = (from: string, to: string) => Math.max(0, Date.parse(to) - Date.parse(from)) / 1_000;
  if (startedAt !== undefined && before?.startedAt === undefined) {
    metrics.stageSeconds("queued", seconds(metadata.creationTimestamp, startedAt));
  }
  if (startedAt !== undefined && decidedAt !== undefined && before?.decidedAt === undefined) {
    metrics.stageSeconds("decided", seconds(startedAt, decidedAt));
  }
  if (completedAt !== undefined && phase !== undefined && before?.completedAt === undefined) {
    metrics.stageSeconds("ended", seconds(metadata.creationTimestamp, completedAt));
    metrics.ended(phase);
  }
}

const WORKFLOW = "sre-investigation";

/** The root of a run's trace, by whichever replica ended it; a run that never started has none. */
function tellTrace({ status: before }: Run, { metadata, status }: Run): void {
  const { startedAt, completedAt, phase } = status ?? {};
  if (startedAt === undefined || completedAt === undefined || before?.completedAt !== undefined) return;
  recordSpan(`${OPERATIONS.workflow} ${WORKFLOW}`, {
    kind: "internal",
    attributes: {
      [GEN_AI.operation]: OPERATIONS.workflow,
      [GEN_AI.agentName]: WORKFLOW,
      [GEN_AI.conversationId]: metadata.uid,
      [K8S.namespace]: metadata.namespace ?? "",
    },
    seed: metadata.uid,
    startMs: Date.parse(startedAt),
    endMs: Date.parse(completedAt),
    failure: phase === "Failed" ? phase : undefined,
  });
}

/** The condition that ends a stall, when there is one. */
export function unstalled(run: Run): NonNullable<StatusChange["conditions"]> {
  if (findCondition(run.status?.conditions, "Stalled")?.status !== "True") return [];
  return [{ type: "Stalled", status: "False", reason: "Recovered", message: "It goes on." }];
}

/** Ends a run that gives no report. */
export function failRun(
  dependencies: StatusDependencies,
  run: Run,
  { reason, message }: { readonly reason: string; readonly message: string },
): Promise<Run> {
  return writeStatus(dependencies, run, {
    conditions: [{ type: "Failed", status: "True", reason, message }],
    set: { completedAt: new Date(dependencies.clock.now()).toISOString() },
  });
}
