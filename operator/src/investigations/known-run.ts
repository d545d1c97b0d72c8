import { type InvestigationPhase, investigationPhase, isComplete, type SreInvestigation } from "@sre-agent/crds";

/** What the operator keeps in memory of every SreInvestigation. */
export interface KnownRun {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly createdAt: string;
  readonly phase: InvestigationPhase;
  readonly complete: boolean;
  readonly startedAtMs: number | undefined;
  readonly completedAtMs: number | undefined;
  readonly trigger: { readonly name: string; readonly uid: string } | undefined;
  readonly targetUid: string | undefined;
  readonly remediation: string | undefined;
}

export function knownRunOf({ metadata, spec, status }: SreInvestigation): KnownRun {
  return {
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    uid: metadata.uid,
    generation: metadata.generation ?? 0,
    createdAt: metadata.creationTimestamp,
    phase: investigationPhase(status?.conditions),
    complete: isComplete(status?.conditions),
    startedAtMs: msOf(status?.startedAt),
    completedAtMs: msOf(status?.completedAt),
    trigger: spec.triggerRef,
    targetUid: spec.target.uid,
    remediation: status?.remediationRef?.name,
  };
}

export function isWaiting({ phase }: Pick<KnownRun, "phase">): boolean {
  return phase === "Pending" || phase === "Queued";
}

function msOf(time: string | undefined): number | undefined {
  return time === undefined ? undefined : Date.parse(time);
}
