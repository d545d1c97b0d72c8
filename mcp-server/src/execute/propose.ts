import {
  type Action,
  type ActionClass,
  API_VERSION,
  actionKey,
  approvalDigest,
  type Denial,
  deny,
  isTerminal,
  kubectlCommand,
  LABELS,
  type Mode,
  PROPOSAL_LIFETIME_HOURS,
  REMEDIATION,
  type Receipt,
  type RemediationSpec,
  type RequestableMode,
  type RunReference,
  reaches,
  remediationName,
  remediationPhase,
  type SreRemediation,
} from "@sre-agent/crds";
import { isKubeError, type KubeObject, type Previewer, type RecordWriter, type UserInfo } from "@sre-agent/kube";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Facts } from "../facts/facts.ts";
import { type FactSources, gatherFacts } from "../facts/gather.ts";
import { allowingAction } from "../guards/allowing-action.ts";
import { actionClassOf, effectiveMode } from "../guards/mode.ts";
import { guarded } from "../guards/pipeline.ts";
import type { Plan } from "../plans/plan.ts";
import { planFor } from "../plans/planner.ts";
import { dryRun } from "./dry-run.ts";
import { receiptOf, summaryOf } from "./receipt.ts";

export interface ProposeDependencies extends FactSources {
  readonly previewer: Previewer;
  readonly records: RecordWriter;
  readonly audit: AuditLog;
  /** Takes secrets out of text before it is stored. */
  readonly scrub: (text: string) => string;
}

export interface ProposalRequest {
  readonly action: Action;
  /** The investigation; absent for a person's client. */
  readonly run?: RunReference;
  /** The record whose change the action takes back. */
  readonly undoes?: NonNullable<RemediationSpec["undoes"]>;
  readonly caller: UserInfo;
  /** True where the API server's own authorization of the caller's kubeconfig is the limit. */
  readonly local: boolean;
  readonly correlationId: string;
  /** The proposer's words; shown to people, read by no guard. */
  readonly reason?: string;
  /** Evidence ids that it rests on. */
  readonly evidence?: readonly string[];
  readonly signal: AbortSignal;
}

export type Proposal =
  | {
      readonly ok: true;
      readonly receipt: Receipt;
      readonly actionClass: ActionClass | undefined;
      /** Absent: a preview, of which nothing was recorded. */
      readonly record?: SreRemediation;
    }
  | { readonly ok: false; readonly denial: Denial };

/**
 * Facts, guards, plan, dry run, record. Idempotent: the same request finds its own record. In mode observe nothing is
 * recorded and the receipt is a preview. Throws KubeError when the cluster does not answer.
 */
export async function propose(dependencies: ProposeDependencies, request: ProposalRequest): Promise<Proposal> {
  const { action, run, undoes, caller, local, signal } = request;
  const facts = await gatherFacts(dependencies, {
    stage: "propose",
    action,
    nameIn: (ledger) => nameIn(ledger, request),
    ...(run ? { run } : {}),
    ...(undoes ? { undoes } : {}),
    ...(run || local ? {} : { requester: caller }),
    signal,
  });
  const existing = facts.ledger.known && facts.ledger.value.find((record) => isOwn(record, facts, action));
  if (existing) return made(existing, { action, facts });
  const denial = guarded(action, facts);
  if (denial) return refused(dependencies, request, denial);
  const plan = planned(action, facts);
  if ("code" in plan) return { ok: false, denial: plan };
  return store(dependencies, { request, facts, plan });
}

function made(
  record: SreRemediation,
  { action, facts }: Pick<ProposalRequest, "action"> & Pick<Prepared, "facts">,
): Proposal {
  const actionClass = facts.target.known ? actionClassOf(action, facts.target.value) : undefined;
  return { ok: true, receipt: receiptOf(record), actionClass, record };
}

/** The run's or the request's own name for this try; a try after a finished one has another. */
function nameIn(ledger: readonly SreRemediation[], request: ProposalRequest): string {
  const key = actionKey(request.action);
  const finished = ledger.filter(({ spec, status }) => spec.actionKey === key && isTerminal(remediationPhase(status)));
  return remediationName(requesterKey(request), key, finished.length);
}

/** A change is taken back once, whoever asks for it. */
function requesterKey({ run, undoes, correlationId, caller }: ProposalRequest): string {
  return undoes ? `undo/${undoes.uid}` : (run?.uid ?? `${caller.username}/${correlationId}`);
}

function isOwn({ metadata }: SreRemediation, facts: Facts, { target }: Action): boolean {
  return metadata.name === facts.recordName && metadata.namespace === target.namespace;
}

function planned(action: Action, { target, history, recordName }: Facts): Plan | Denial {
  if (!target.known || !history.known) return deny("FACTS_UNAVAILABLE", "The target could not be read.");
  return planFor(action, { target: target.value, ...history.value }, recordName);
}

async function refused({ audit }: ProposeDependencies, request: ProposalRequest, denial: Denial): Promise<Proposal> {
  const { action, caller, correlationId } = request;
  const { namespace, name } = action.target;
  const entry = { kind: "denial", actor: caller.username, correlationId, code: denial.code } as const;
  // A refusal stands whether or not it could be recorded.
  await audit
    .append({ ...entry, remediation: `${namespace}/${name}`, digest: actionKey(action) })
    .catch(() => undefined);
  return { ok: false, denial };
}

interface Prepared {
  readonly request: ProposalRequest;
  readonly facts: Facts;
  readonly plan: Plan;
}

async function store(dependencies: ProposeDependencies, prepared: Prepared): Promise<Proposal> {
  const { request, facts, plan } = prepared;
  const mode = effectiveMode(request.action, facts);
  if (!isMode(mode)) return { ok: false, denial: mode };
  if (!facts.target.known) return { ok: false, denial: deny("FACTS_UNAVAILABLE", "The target could not be read.") };
  const fault = await dryRun(dependencies.previewer, { plan, target: facts.target.value }, request.signal);
  // What the API server would not let us do is still worth a person's look; what differs or is stale is not.
  if (fault && fault.code !== "DRY_RUN_REFUSED") return { ok: false, denial: fault };
  const spec = specOf({ ...prepared, scrub: dependencies.scrub }, mode, fault);
  if (!spec) return { ok: false, denial: deny("MODE_FORBIDS", `The mode is ${mode}.`) };
  if (!reaches(mode, "propose")) return { ok: true, receipt: preview(prepared, spec), actionClass: undefined };
  const { action } = request;
  try {
    return made(await createRecord(dependencies, prepared, spec), { action, facts });
  } catch (error) {
    if (!isKubeError(error, "FORBIDDEN")) throw error;
    return { ok: false, denial: unrecorded(request, plan) };
  }
}

/** All that can be said to who may not write the ledger: the change itself, and how a person makes it. */
function unrecorded({ action, caller }: ProposalRequest, { diff }: Plan): Denial {
  const why = `${caller.username} may not record a proposal: the act server may, and administrators of sre-agent.`;
  const message = [why, "The change would be:", ...diff].join("\n").slice(0, 1800);
  return deny("IDENTITY_FORBIDDEN", message, `By hand: ${kubectlCommand(action)}`);
}

const isMode = (mode: Mode | Denial): mode is Mode => typeof mode === "string";

function specOf(
  { request, facts, plan, scrub }: Prepared & Pick<ProposeDependencies, "scrub">,
  mode: Mode,
  fault: Denial | null,
): RemediationSpec | undefined {
  const { action, undoes, reason, evidence } = request;
  const allowed = allowingAction(action, facts);
  if (!allowed || mode === "off" || !facts.policy.known) return undefined;
  const policy = facts.policy.value?.metadata;
  const requester = facts.requester?.user.username;
  const content = {
    actionKey: actionKey(action),
    premise: plan.premise,
    diff: scrub(plan.diff.join("\n")).slice(0, 16_000),
    authority: {
      actionRef: {
        name: allowed.metadata.name,
        uid: allowed.metadata.uid,
        generation: allowed.metadata.generation ?? 0,
      },
      policyRef: { uid: policy?.uid ?? "none", generation: policy?.generation ?? 0 },
      mode: mode satisfies RequestableMode,
    },
    expiresAt: new Date(facts.nowMs + PROPOSAL_LIFETIME_HOURS * 3_600_000).toISOString(),
  };
  return {
    ...content,
    action,
    approvalDigest: approvalDigest(content),
    summary: summaryOf(action, undoes),
    write: plan.write,
    dryRun: fault ? { clean: false, message: scrub(fault.message).slice(0, 2000) } : { clean: true },
    ...originOf(request),
    ...(requester === undefined ? {} : { requester: { user: requester } }),
    ...(evidence === undefined ? {} : { evidence: evidence.slice(0, 20) }),
    ...(reason === undefined ? {} : { reason: scrub(reason).slice(0, 1000) }),
  };
}

/** Who asked for it, and within what. */
function originOf({ run, undoes, caller, local, correlationId }: ProposalRequest) {
  return {
    ...(run ? { runRef: { name: run.name, uid: run.uid } } : { requestKey: correlationId }),
    ...(undoes ? { undoes } : {}),
    proposer: { user: caller.username, ...(local && !run ? { ownClient: true } : {}) },
    correlationId,
  };
}

function preview({ request, facts }: Prepared, spec: RemediationSpec): Receipt {
  return {
    namespace: request.action.target.namespace,
    name: facts.recordName,
    digest: spec.approvalDigest,
    phase: "Proposed",
    summary: spec.summary,
    diff: spec.diff,
    actionRef: spec.authority.actionRef.name,
    params: spec.action.parameters,
    mode: spec.authority.mode,
    expiresAt: spec.expiresAt,
    message: "Preview only: the mode is observe, so nothing was recorded and nothing will be done.",
  };
}

/** The record, or the one that another call of the same request created first. */
async function createRecord(
  { reader, records, audit }: ProposeDependencies,
  { request, facts }: Prepared,
  spec: RemediationSpec,
): Promise<SreRemediation> {
  const { namespace } = request.action.target;
  const kind = { apiVersion: API_VERSION, kind: REMEDIATION.kind };
  const name = facts.recordName;
  const labels = request.run ? { labels: { [LABELS.investigation]: request.run.uid } } : {};
  const { signal, caller, correlationId } = request;
  try {
    const stored = await records.create<SreRemediation & KubeObject>(
      { ...kind, metadata: { name, namespace, ...labels }, spec },
      { signal },
    );
    const entry = { kind: "proposal", actor: caller.username, correlationId } as const;
    await audit
      .append({ ...entry, remediation: `${namespace}/${name}`, digest: spec.approvalDigest })
      .catch(() => undefined);
    return stored;
  } catch (error) {
    if (!isKubeError(error, "ALREADY_EXISTS", "CONFLICT")) throw error;
    return reader.get<SreRemediation & KubeObject>({ ...kind, namespace, name }, { signal });
  }
}
