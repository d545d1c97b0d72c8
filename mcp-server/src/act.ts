import type { ProposeDependencies } from "./execute/propose.ts";
import { createPodEvict } from "./tools/pod-evict.ts";
import { createRemediationExecute, type ExecuteDependencies } from "./tools/remediation-execute.ts";
import { createRemediationGet } from "./tools/remediation-get.ts";
import { createRemediationUndo } from "./tools/remediation-undo.ts";
import type { ToolHandler } from "./tools/tool.ts";
import { createWorkloadRestart } from "./tools/workload-restart.ts";
import { createWorkloadRollback } from "./tools/workload-rollback.ts";
import { createWorkloadScale } from "./tools/workload-scale.ts";

export { type AuditLog, type AuditSink, createAuditLog } from "./audit/audit-log.ts";
export type { AuditHead, AuditRecord } from "./audit/audit-record.ts";
export { anchoredHead, createPolicyAnchor } from "./audit/policy-anchor.ts";
export { createFileSink, createStreamSink } from "./audit/sinks.ts";
export { type ChainVerdict, verifyChain } from "./audit/verify-chain.ts";
export { createActMetrics } from "./execute/act-metrics.ts";
export {
  ACT_LEASE,
  type ActController,
  type ActControllerDependencies,
  createActController,
} from "./execute/controller.ts";
export { createHealthProbe, type HealthProbe } from "./execute/health.ts";
export type { ActDependencies } from "./execute/step.ts";
export { createOwnFinding, type OwnDiagnosis } from "./facts/own-finding.ts";
export { isProtected } from "./guards/namespace-allowed.ts";
export { ruleFor } from "./guards/rule-for.ts";

export type ActHandlerDependencies = ProposeDependencies & ExecuteDependencies;

/** The handlers of the act tools, by tool name; their input has passed the catalog's schema. */
export function createActHandlers(dependencies: ActHandlerDependencies): Readonly<Record<string, ToolHandler<never>>> {
  return {
    workload_rollback: createWorkloadRollback(dependencies),
    workload_restart: createWorkloadRestart(dependencies),
    workload_scale: createWorkloadScale(dependencies),
    pod_evict: createPodEvict(dependencies),
    remediation_get: createRemediationGet(dependencies),
    remediation_execute: createRemediationExecute(dependencies),
    remediation_undo: createRemediationUndo(dependencies),
  };
}
