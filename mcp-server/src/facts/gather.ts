import type {
  Action,
  RemediationSpec,
  RunReference,
  SreApproval,
  SreInvestigation,
  SreRemediation,
} from "@sre-agent/crds";
import type { Clock, Reader, Reviewer, UserInfo } from "@sre-agent/kube";
import { wantsOwnFinding } from "../guards/mode.ts";
import { mayWrite } from "./access.ts";
import { readActions } from "./actions.ts";
import { type Fact, type Facts, factOf, known, unreadable } from "./facts.ts";
import { readHistory } from "./history.ts";
import { readApprovals, readLedger } from "./ledger.ts";
import { readPolicy } from "./policy.ts";
import { readRun, readTrigger } from "./run.ts";
import { NAMESPACE_LISTS, readNamespace, readTarget } from "./target.ts";

export interface FactSources {
  readonly reader: Reader;
  readonly reviewer: Reviewer;
  readonly clock: Pick<Clock, "now">;
  readonly protectedNamespaces: readonly string[];
  /** Whether the act server's own fresh diagnosis yields a finding on the target whose typed fix is `action`. */
  readonly ownFinding: (action: Action, signal: AbortSignal) => Promise<boolean>;
}

export interface FactsQuestion {
  readonly stage: Facts["stage"];
  readonly action: Action;
  /** The record's name, which depends on how often the change was tried. */
  readonly nameIn: (ledger: readonly SreRemediation[]) => string;
  readonly record?: SreRemediation;
  /** The record whose change the action takes back. */
  readonly undoes?: RemediationSpec["undoes"];
  readonly run?: RunReference;
  /** Whose right is asked for besides ours; a run's requester is read from the run. */
  readonly requester?: UserInfo;
  readonly signal: AbortSignal;
}

/** Reads all facts in parallel. A read that fails becomes an unreadable fact; nothing is thrown. */
export async function gatherFacts(sources: FactSources, question: FactsQuestion): Promise<Facts> {
  const { reader, clock, protectedNamespaces } = sources;
  const { stage, record, action, signal } = question;
  const { namespace } = action.target;
  const [authority, approvals, policy, target, own, ledger, history, pods, autoscalers, budgets] = await Promise.all([
    gatherAuthority(sources, question),
    gatherApprovals(sources, question),
    factOf(() => readPolicy(reader, signal)),
    factOf(() => readTarget(reader, action.target, signal)),
    factOf(() => readNamespace(reader, namespace, signal)),
    factOf(() => readLedger(reader, signal)),
    factOf(() => readHistory(reader, action.target, signal)),
    factOf(() => NAMESPACE_LISTS.pods(reader, namespace, signal)),
    factOf(() => NAMESPACE_LISTS.autoscalers(reader, namespace, signal)),
    factOf(() => NAMESPACE_LISTS.budgets(reader, namespace, signal)),
  ]);
  const state = { policy, target, namespace: own, ledger, history, pods, autoscalers, budgets };
  const ownFinding: Fact<boolean> = unreadable("not asked");
  const nowMs = clock.now();
  const recordName = ledger.known ? question.nameIn(ledger.value) : "";
  const facts = {
    stage,
    nowMs,
    protectedNamespaces,
    recordName,
    undoes: question.undoes,
    record,
    ...authority,
    ...approvals,
    ...state,
    ownFinding,
  };
  // Diagnosing costs many reads, so it is asked only where its answer decides.
  if (!wantsOwnFinding(action, facts)) return facts;
  return { ...facts, ownFinding: await factOf(() => sources.ownFinding(action, signal)) };
}

/** Who and what stands behind the action: run, trigger, SreActions and the requester's own right. */
async function gatherAuthority(sources: FactSources, question: FactsQuestion) {
  const { reader } = sources;
  const { action, signal } = question;
  const { namespace } = action.target;
  const run = question.run && (await gatherRun(sources, question.run, signal));
  const found = run?.known ? run.value : undefined;
  const user = requesterOf(found, question);
  const [trigger, actions, may] = await Promise.all([
    run && !run.known ? run : factOf(async () => found && (await readTrigger(reader, found, signal))),
    run && !run.known ? run : factOf(() => readActions(reader, { namespace, run: found, signal })),
    user && factOf(() => mayWrite(sources.reviewer, { user, action }, signal)),
  ]);
  return { run, trigger, actions, requester: user && may && { user, may } };
}

async function gatherRun({ reader }: FactSources, reference: RunReference, signal: AbortSignal) {
  const run = await factOf(() => readRun(reader, reference, signal));
  if (!run.known) return run;
  return run.value ? known(run.value) : unreadable(`there is no SreInvestigation ${reference.name} of that uid`);
}

function requesterOf(run: SreInvestigation | undefined, question: FactsQuestion): UserInfo | undefined {
  const username = run?.spec.requester?.user;
  return username === undefined ? question.requester : { username };
}

/** The approvals of the record, and whether each approver may make the write; both only at execution. */
async function gatherApprovals({ reader, reviewer }: FactSources, { record, action, signal }: FactsQuestion) {
  if (!record) return { approvals: known<readonly SreApproval[]>([]), approverMay: new Map<string, Fact<boolean>>() };
  const { name, namespace = action.target.namespace } = record.metadata;
  const approvals = await factOf(() => readApprovals(reader, { namespace, name }, signal));
  const users = approversOf(record, approvals.known ? approvals.value : []).slice(0, MAX_APPROVERS);
  const rights = users.map(async (user) => {
    const may = await factOf(() => mayWrite(reviewer, { user, action }, signal));
    return [user.username, may] as const;
  });
  return { approvals, approverMay: new Map<string, Fact<boolean>>(await Promise.all(rights)) };
}

const MAX_APPROVERS = 16;

/** Who approved, with the groups through which they said to have the right: the API server checked both at creation. */
function approversOf({ status }: SreRemediation, approvals: readonly SreApproval[]): readonly UserInfo[] {
  const consumed = status?.approvalRef?.approver;
  const names = new Set([...approvals.map(({ spec }) => spec.approver), ...(consumed ? [consumed] : [])]);
  return [...names].map((username) => {
    const own = approvals.filter(({ spec }) => spec.approver === username);
    return { username, groups: [...new Set(own.flatMap(({ spec }) => spec.groups ?? []))] };
  });
}
