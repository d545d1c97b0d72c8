import {
  type Action,
  describeAction,
  parseAction,
  type Receipt,
  remediationPhase,
  type SreRemediation,
} from "@sre-agent/crds";

/** What a caller is told of a record. */
export function receiptOf({ metadata, spec, status }: SreRemediation): Receipt {
  const phase = remediationPhase(status);
  const { namespace = spec.action.target.namespace, name } = metadata;
  const waits = phase === "Proposed" && spec.authority.mode === "approve" && spec.dryRun.clean;
  const message = status?.message ?? standing(spec);
  return {
    namespace,
    name,
    digest: spec.approvalDigest,
    phase,
    ...(status?.outcome ? { outcome: status.outcome } : {}),
    summary: spec.summary,
    diff: spec.diff,
    actionRef: spec.authority.actionRef.name,
    params: spec.action.parameters,
    mode: spec.authority.mode,
    expiresAt: spec.expiresAt,
    ...(message ? { message } : {}),
    ...(status?.denial ? { denial: status.denial } : {}),
    ...(waits ? { approveCommand: `sre-agent approve ${name} -n ${namespace}` } : {}),
  };
}

function standing({ dryRun, authority }: SreRemediation["spec"]): string | undefined {
  if (!dryRun.clean) return `On record, and not executable: ${dryRun.message ?? "the dry run was not clean"}`;
  return authority.mode === "propose" ? "On record. The mode is propose: nothing more will be done." : undefined;
}

export const actionOf = ({ spec }: SreRemediation): Action => parseAction(spec.action);

/** `roll back Deployment/web to revision 1`, and what it takes back. */
export function summaryOf(action: Action, undoes?: SreRemediation["spec"]["undoes"]): string {
  return `${describeAction(action)}${undoes ? ` (undoes ${undoes.name})` : ""}`.slice(0, 500);
}
