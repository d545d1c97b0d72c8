import type { SreApproval, SreInvestigation } from "@sre-agent/crds";
import type { LogFields, Logger } from "@sre-agent/frame";
import type { Clock, EventRecorder, KubeObject, Reader, RecordWriter, Requeue, Store } from "@sre-agent/kube";
import type { AgentClient } from "../agent/client.ts";
import type { OperatorMetrics } from "../metrics.ts";
import type { Limits } from "../policy.ts";
import type { Scrub } from "../scrub.ts";
import type { Admission } from "./admission.ts";

/** An SreInvestigation as it was last read or written. */
export type Run = SreInvestigation & KubeObject;

/** What is kept of an SreApproval. */
export interface KnownApproval {
  readonly namespace: string;
  readonly remediation: string;
  readonly createdAtMs: number;
}

export function knownApprovalOf({ metadata, spec }: SreApproval): KnownApproval {
  return {
    namespace: metadata.namespace ?? "",
    remediation: spec.remediationRef.name,
    createdAtMs: Date.parse(metadata.creationTimestamp),
  };
}

export interface InvestigationDependencies {
  readonly reader: Pick<Reader, "get" | "listAll">;
  readonly recordWriter: Pick<RecordWriter, "create" | "replaceStatus">;
  readonly eventRecorder: EventRecorder;
  readonly agent: AgentClient;
  readonly admission: Admission;
  readonly approvals: Store<KnownApproval>;
  readonly policies: Store<Limits>;
  readonly clock: Clock;
  readonly scrub: Scrub;
  readonly metrics: OperatorMetrics;
  readonly logger: Logger;
  /** Aborts when this replica should start nothing more: the step under way is finished, the next is not begun. */
  readonly stopping: AbortSignal;
}

/** One pass over one run. */
export interface Work {
  readonly run: Run;
  readonly signal: AbortSignal;
}

/** `next`: go on with the next step, with the run as it is now. Everything else ends the pass. */
export type StepResult = { readonly kind: "next"; readonly run: Run } | Requeue;

/**
 * One rule of a run's life. Repeatable: a crash at any await and a new pass from what is stored lead to the same end.
 * May throw: the pass is then repeated after the key's backoff.
 */
export type Step = (dependencies: InvestigationDependencies, work: Work) => Promise<StepResult>;

export const DONE: Requeue = { kind: "done" };
export const next = (run: Run): StepResult => ({ kind: "next", run });
export const later = (ms: number, reason: string): Requeue => ({ kind: "retryAfter", ms, reason });

/** What ties a log line to the run; the correlation id is the run's uid everywhere. */
export function logContext({ metadata: { uid, namespace, name } }: Run): LogFields {
  return {
    correlationId: uid,
    ...(namespace === undefined ? {} : { namespace }),
    resource: `SreInvestigation/${name}`,
  };
}
