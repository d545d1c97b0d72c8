import {
  type ConditionChange,
  isStarted,
  isTerminal,
  OUTCOMES,
  type RemediationAttempt,
  type RemediationPhase,
  type RemediationStatus,
  remediationPhase,
  type SreRemediation,
  withCondition,
} from "@sre-agent/crds";
import type { Clock, EventRecorder, KubeObject, RecordWriter } from "@sre-agent/kube";
import type { AuditLog } from "../audit/audit-log.ts";
import type { ActMetrics } from "./act-metrics.ts";

export type StoredRemediation = SreRemediation & KubeObject;

/** The log that a step writes to; one line a change, with the keys that tie it to the run. */
interface ActLog {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export interface StatusDependencies {
  readonly records: RecordWriter;
  readonly events: EventRecorder;
  readonly audit: AuditLog;
  readonly log: ActLog;
  readonly clock: Clock;
  readonly metrics: ActMetrics;
  /** Takes secrets out of text that the API server wrote, such as the value in a refusal. */
  readonly scrub: (text: string) => string;
}

/** Fields to set; undefined takes a field away. */
export type StatusChange = { readonly [Field in keyof RemediationStatus]?: RemediationStatus[Field] | undefined };

/**
 * The one place that writes SreRemediation.status: by compare-and-swap, so that a second writer shows as CONFLICT and
 * this reconcile starts anew. Conditions, outcome and completedAt follow from the phase.
 */
export async function writeStatus(
  dependencies: StatusDependencies,
  record: StoredRemediation,
  change: StatusChange,
): Promise<StoredRemediation> {
  const before = remediationPhase(record.status);
  const now = new Date(dependencies.clock.now()).toISOString();
  const status = statusAfter(record, scrubbed(change, dependencies.scrub), now);
  const stored = await dependencies.records.replaceStatus<StoredRemediation>(record, status);
  const phase = remediationPhase(status);
  if (change.denial && change.denial.code !== record.status?.denial?.code)
    dependencies.metrics.refused(change.denial.code);
  if (phase !== before || record.status === undefined) await announce(dependencies, stored, phase);
  return stored;
}

function statusAfter(record: StoredRemediation, change: StatusChange, now: string): RemediationStatus {
  const kept = Object.entries({ ...record.status, ...change }).filter(([, value]) => value !== undefined);
  const status: RemediationStatus = Object.fromEntries(kept);
  const phase = remediationPhase(status);
  const conditions = conditionsFor(phase, status).reduce(
    (all, condition) => [...withCondition(all, condition, now)],
    [...(record.status?.conditions ?? [])],
  );
  const ended = isTerminal(phase) ? { outcome: phase, completedAt: status.completedAt ?? now } : {};
  return { ...status, phase, conditions, observedGeneration: record.metadata.generation ?? 1, ...ended };
}

function conditionsFor(phase: RemediationPhase, status: RemediationStatus): readonly ConditionChange[] {
  const message = status.message ?? status.denial?.message ?? "";
  const approved: ConditionChange = { type: "Approved", status: "True", reason: "Approved", message: approval(status) };
  if (phase === "Proposed") return [{ type: "Approved", status: "False", reason: "Waiting", message }];
  if (phase === "Approved") return [approved];
  const by = status.approvalRef ? [approved] : [];
  return [...by, { type: "Executed", status: isStarted(phase) ? "False" : "True", reason: phase, message }];
}

function scrubbed(change: StatusChange, scrub: StatusDependencies["scrub"]): StatusChange {
  const { message, denial, attempts } = change;
  return {
    ...change,
    ...(message === undefined ? {} : { message: scrub(message).slice(0, 2048) }),
    ...(denial === undefined ? {} : { denial: { ...denial, message: scrub(denial.message).slice(0, 2048) } }),
    ...(attempts === undefined ? {} : { attempts: attempts.map((attempt) => scrubbedAttempt(attempt, scrub)) }),
  };
}

function scrubbedAttempt(attempt: RemediationAttempt, scrub: StatusDependencies["scrub"]): RemediationAttempt {
  return attempt.message === undefined ? attempt : { ...attempt, message: scrub(attempt.message).slice(0, 2048) };
}

const approval = ({ approvalRef }: RemediationStatus) => (approvalRef ? `by ${approvalRef.approver}` : "");

/** Events, log, metrics and audit of a phase that was just stored. None of them can undo it, so none may fail it. */
async function announce(dependencies: StatusDependencies, record: StoredRemediation, phase: RemediationPhase) {
  const { events, log, metrics, audit } = dependencies;
  const { spec, status, metadata } = record;
  const resource = `SreRemediation/${metadata.name}`;
  const fields = { correlationId: spec.correlationId, namespace: spec.action.target.namespace, resource };
  log.info(`remediation ${phase}`, { ...fields, phase, ...(status?.denial ? { code: status.denial.code } : {}) });
  const note = `${spec.summary}: ${status?.message ?? (isTerminal(phase) ? OUTCOMES[phase] : phase)}`;
  const type = phase === "Succeeded" || !isTerminal(phase) ? "Normal" : "Warning";
  await events.record({ regarding: record, type, reason: phase, action: spec.action.type, note });
  if (!isTerminal(phase)) return;
  metrics.ended(phase, verifiedSeconds(status));
  await audit
    .append({ ...auditSubject(record), kind: "outcome", code: phase })
    .catch((error: unknown) => log.warn("the outcome could not be recorded in the audit log", { ...fields, error }));
}

/** From the write to the outcome; undefined where nothing was written. */
function verifiedSeconds(status: RemediationStatus | undefined): number | undefined {
  const written = status?.attempts?.find(({ direction, result }) => direction === "forward" && result === "written");
  const seconds = (Date.parse(status?.completedAt ?? "") - Date.parse(written?.finishedAt ?? "")) / 1000;
  return Number.isNaN(seconds) ? undefined : seconds;
}

/** Who and what an audit record is about. */
export function auditSubject({ metadata, spec, status }: StoredRemediation) {
  return {
    actor: spec.proposer.user,
    ...(status?.approvalRef ? { approver: status.approvalRef.approver } : {}),
    correlationId: spec.correlationId,
    remediation: `${metadata.namespace}/${metadata.name}`,
    digest: spec.approvalDigest,
  };
}
