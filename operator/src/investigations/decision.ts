import {
  type Disposition,
  disposition,
  INVESTIGATION,
  type InvestigationStatus,
  type Mode,
  type Report,
  remediationPhase,
  type SreRemediation,
} from "@sre-agent/crds";
import { announce } from "./announce.ts";
import { readRemediation } from "./remediation.ts";
import { type StatusChange, unstalled, writeStatus } from "./status.ts";
import { type InvestigationDependencies, logContext, next, type StepResult, type Work } from "./step.ts";

type Answer = Omit<InvestigationStatus, "conditions" | "phase" | "observedGeneration">;

/** Writes what the agent decided and what follows from it, in one write: no state between the two exists. */
export async function recordDecision(
  dependencies: InvestigationDependencies,
  { run, signal }: Work,
  report: Report,
): Promise<StepResult> {
  const { clock, logger, metrics } = dependencies;
  const record = await proposalOf(dependencies, { run, signal }, report);
  const outcome = disposition(report.decision, modeOf(record));
  const now = new Date(clock.now()).toISOString();
  const decided = await writeStatus(dependencies, run, {
    conditions: [...unstalled(run), ...conditionsOf(outcome, report)],
    set: {
      ...answerOf(dependencies, report, record),
      decidedAt: now,
      ...(outcome.final ? { completedAt: now } : {}),
    },
  });
  metrics.decided(report.decision);
  logger.info("investigation decided", {
    ...logContext(decided),
    decision: report.decision,
    phase: outcome.phase,
    confidence: report.confidence,
  });
  const note = `${outcome.phase}: ${decided.status?.rootCause ?? decided.status?.rationale ?? report.decision}`;
  await announce(dependencies, decided, { type: "Normal", reason: "Decided", action: "Decide", note });
  if (outcome.phase === "AwaitingApproval") await tellApprovers(dependencies, decided);
  return next(decided);
}

async function tellApprovers(dependencies: InvestigationDependencies, run: Work["run"]): Promise<void> {
  const name = run.status?.remediationRef?.name;
  const note = `A person has to look at SreRemediation ${name} and approve it: sre-agent approve ${name} -n ${run.metadata.namespace}`;
  await announce(dependencies, run, { type: "Normal", reason: "AwaitingApproval", action: "Approve", note });
}

/** The record that the report names; none when it is not this run's or has another digest than the report says. */
async function proposalOf(
  dependencies: InvestigationDependencies,
  { run, signal }: Work,
  { decision, remediationRef }: Report,
): Promise<SreRemediation | undefined> {
  if (decision !== "approve" || remediationRef === undefined) return undefined;
  const record = await readRemediation(dependencies, run, { name: remediationRef.name, signal });
  return record?.spec.approvalDigest === remediationRef.digest ? record : undefined;
}

/** The mode that the act server computed for the proposal; without one on record nothing more than words is left. */
function modeOf(record: SreRemediation | undefined): Mode {
  return record?.spec.authority.mode ?? "observe";
}

function conditionsOf(outcome: Disposition, { decision }: Report): NonNullable<StatusChange["conditions"]> {
  const investigated = {
    type: "Investigated" as const,
    status: "True" as const,
    reason: "Decided",
    message: `The agent decided: ${decision}.`,
  };
  if (outcome.final) {
    const message = "The investigation ended with its decision.";
    return [investigated, { type: "Complete", status: "True", reason: outcome.phase, message }];
  }
  const complete = { type: "Complete" as const, status: "False" as const, reason: outcome.phase };
  if (outcome.phase === "AwaitingApproval") {
    const message = "A person has to approve the recorded change.";
    return [
      investigated,
      { ...complete, message },
      { type: "Approved", status: "False", reason: outcome.phase, message },
    ];
  }
  const message = "The act server carries the recorded change out.";
  return [
    investigated,
    { ...complete, message },
    { type: "Executed", status: "False", reason: outcome.phase, message },
  ];
}

function answerOf({ scrub }: InvestigationDependencies, report: Report, record: SreRemediation | undefined): Answer {
  const text = (value: string, max: number) => scrub(value).slice(0, max);
  return {
    decision: report.decision,
    confidence: report.confidence,
    rationale: text(report.rationale, 4096),
    ...(report.rootCause === undefined ? {} : { rootCause: text(report.rootCause, 1000) }),
    findings: report.findings.slice(0, 10).map(({ id, severity, subject, cause }) => ({
      id,
      severity,
      subject: `${subject.kind}/${subject.name}`.slice(0, 330),
      cause: text(cause, 1000),
    })),
    claims: report.claims.map((claim) => ({ text: text(claim.text, 1000), evidence: claim.evidence })),
    gaps: gapsOf(report, record).map((gap) => text(gap, 500)),
    usage: report.usage,
    ...actionOf(report),
    ...(record === undefined ? {} : { remediationRef: referenceTo(record, text) }),
  };
}

function referenceTo(record: SreRemediation, text: (value: string, max: number) => string) {
  const { metadata, spec, status } = record;
  const phase = remediationPhase(status);
  return { name: metadata.name, digest: spec.approvalDigest, summary: text(spec.summary, 500), phase };
}

/** The report's text is free; the status takes the name of an object only. */
function actionOf({ actionRef }: Report): Pick<Answer, "actionRef"> {
  const parsed = INVESTIGATION.status.shape.actionRef.safeParse(actionRef);
  return parsed.success && parsed.data !== undefined ? { actionRef: parsed.data } : {};
}

/** At most 20, and among them that the named proposal is not there. */
function gapsOf({ remediationRef, gaps }: Report, record: SreRemediation | undefined): readonly string[] {
  if (remediationRef === undefined || record !== undefined) return gaps;
  return [
    `No SreRemediation ${remediationRef.name} of this run and digest stands behind the decision.`,
    ...gaps.slice(0, 19),
  ];
}
