export {
  ACTION_TYPES,
  type Action,
  type ActionOf,
  type ActionType,
  actionSchema,
  describeAction,
  parseAction,
  type Target,
} from "./actions/action.ts";
export { kubectlCommand } from "./actions/kubectl-command.ts";
export { ACTIONS, type ActionClass, type ActionWrite, actionOfTool, writeOf } from "./actions/registry.ts";
export { canonicalJson, digestOf, shortHash } from "./digest/canonical.ts";
export { actionKey, approvalDigest, remediationName } from "./digest/remediation.ts";
export {
  ACTION_ANNOTATION,
  API_VERSION,
  AUDIENCE_META_KEY,
  CORRELATION_META_KEY,
  DENIAL_META_KEY,
  EVIDENCE_META_KEY,
  GROUP,
  LABELS,
  LEASES,
  MCP_AUDIENCE,
  RUN_META_KEY,
  VERSION,
} from "./group.ts";
export { ACTION, type ActionSpec, type SreAction } from "./kinds/action.ts";
export { APPROVAL, APPROVAL_LIFETIME_MINUTES, PROPOSAL_LIFETIME_HOURS, type SreApproval } from "./kinds/approval.ts";
export {
  INVESTIGATION,
  type InvestigationSpec,
  type InvestigationStatus,
  type SreInvestigation,
} from "./kinds/investigation.ts";
export { type MaintenanceWindow, POLICY, POLICY_NAME, type PolicyRule, type SrePolicy } from "./kinds/policy.ts";
export { KINDS } from "./kinds/registry.ts";
export {
  type Health,
  REMEDIATION,
  type RemediationAttempt,
  type RemediationSpec,
  type RemediationStatus,
  type SreRemediation,
  type Write,
} from "./kinds/remediation.ts";
export type { Resource, ResourceMeta } from "./kinds/resource.ts";
export { type SreTranscript, TRANSCRIPT, TRANSCRIPT_CHUNK_BYTES, type TranscriptSpec } from "./kinds/transcript.ts";
export {
  type SreTrigger,
  TRIGGER,
  TRIGGER_KINDS,
  type TriggerIncident,
  type TriggerSpec,
  type TriggerStatus,
  type TriggerWhen,
} from "./kinds/trigger.ts";
export {
  CONDITIONS,
  type Condition,
  type ConditionChange,
  findCondition,
  withCondition,
} from "./lifecycle/condition.ts";
export { DECISIONS, type DecisionKind, type Disposition, disposition } from "./lifecycle/decision.ts";
export { DENIALS, type Denial, type DenialCode, deny } from "./lifecycle/denial.ts";
export {
  INVESTIGATION_PHASES,
  type InvestigationPhase,
  investigationPhase,
  isComplete,
} from "./lifecycle/investigation-phase.ts";
export { lowestMode, MODE_WITHOUT_POLICY, MODES, type Mode, type RequestableMode, reaches } from "./lifecycle/mode.ts";
export { OUTCOMES, type Outcome } from "./lifecycle/outcome.ts";
export {
  isStarted,
  isTerminal,
  isUnstarted,
  type RemediationPhase,
  remediationPhase,
} from "./lifecycle/remediation-phase.ts";
export { DURATION, durationMs } from "./schema/bounds.ts";
export { customResourceDefinition, type KindDefinition, objectSchema, type Rule } from "./schema/kind.ts";
export type { StructuralSchema } from "./schema/structural.ts";
export { type Budget, DEFAULT_BUDGET, type Usage } from "./wire/budget.ts";
export {
  type DecideRequest,
  type DecideStep,
  decideRequestSchema,
  decideStepSchema,
  type RunReference,
  runReferenceSchema,
} from "./wire/decide.ts";
export { type ExecuteRequest, executeRequestSchema, type Receipt, receiptSchema } from "./wire/execute.ts";
export {
  type FieldPatch,
  type Finding,
  type FindingEvidence,
  type Fix,
  findingSchema,
  type PrecedingChange,
  SEVERITIES,
  type Severity,
  type Subject,
} from "./wire/finding.ts";
export {
  JOURNAL_LIMITS,
  type JournalEntry,
  type JournalEntryOf,
  journalEntrySchema,
  type ToolCall,
  type ToolResult,
  type TurnUsage,
} from "./wire/journal.ts";
export { type Claim, type RemediationRef, type Report, reportSchema } from "./wire/report.ts";
export type { TranscriptEntry } from "./wire/transcript.ts";
