import { API_VERSION, APPROVAL, type Denial, deny, REMEDIATION, type Receipt, type SreApproval } from "@sre-agent/crds";
import { isKubeError, type RecordWriter } from "@sre-agent/kube";
import type { ToolContext, ToolReply } from "../tools/tool.ts";
import type { Proposal } from "./propose.ts";
import { receiptText } from "./receipt-text.ts";

type Made = Extract<Proposal, { readonly ok: true }>;

/**
 * What the caller is told of a proposal. On a person's own machine a small reversible change is put to that person at
 * once, when the client can ask; their yes becomes an SreApproval under their credential. In every other case the reply
 * names the command by which a person approves.
 */
export async function answerProposal(
  { records }: { readonly records: RecordWriter },
  proposal: Proposal,
  context: ToolContext,
): Promise<ToolReply> {
  if (!proposal.ok) return proposal;
  const { receipt } = proposal;
  if (context.run || receipt.approveCommand === undefined) return accepted(receipt);
  if (!mayAsk(proposal, context)) return accepted({ ...receipt, denial: pending(receipt) });
  switch (await context.elicit?.({ message: question(receipt) })) {
    case "accept":
      return decided(records, { proposal, context, decision: "Approve" });
    case "decline":
      return decided(records, { proposal, context, decision: "Reject" });
    default:
      return accepted({ ...receipt, denial: pending(receipt) });
  }
}

const accepted = (receipt: Receipt): ToolReply => ({
  ok: true,
  text: receiptText(receipt),
  structured: receipt,
  evidence: [],
});

/** Never in a cluster, where whoever holds the session is not known to be who the credential says. */
function mayAsk({ actionClass }: Made, { local, elicit }: ToolContext): boolean {
  return local && elicit !== undefined && actionClass === "reversible-small";
}

function pending({ name, namespace, approveCommand }: Receipt): Denial {
  const message = `SreRemediation ${name} in ${namespace} waits for a person's approval.`;
  return deny("PENDING_APPROVAL", message, approveCommand);
}

const MAX_DIFF = 1_500;

/** Rendered by code from the recorded change: no word of a model stands between the person and the diff. */
function question({ summary, namespace, diff, digest }: Receipt): string {
  const shown = diff.length > MAX_DIFF ? `${diff.slice(0, MAX_DIFF)}\n… (cut; the whole diff is in the record)` : diff;
  return `Carry out in namespace ${namespace}: ${summary}?\n\n${shown}\n\n${digest}`;
}

interface Decision {
  readonly proposal: Made;
  readonly context: ToolContext;
  readonly decision: SreApproval["spec"]["decision"];
}

const MAX_GROUPS = 64;

async function decided(records: RecordWriter, { proposal, context, decision }: Decision): Promise<ToolReply> {
  const { receipt, record } = proposal;
  const { username, groups = [] } = context.caller;
  const { name, namespace } = receipt;
  const spec = {
    remediationRef: { name, ...(record ? { uid: record.metadata.uid } : {}) },
    digest: receipt.digest,
    decision,
    approver: username,
    ...(groups.length > 0 ? { groups: groups.slice(0, MAX_GROUPS) } : {}),
    write: record?.spec.write,
    reason: "Answered in the client.",
  };
  // Kept as long as the record that it is about, and no longer.
  const owner = record && { apiVersion: API_VERSION, kind: REMEDIATION.kind, name, uid: record.metadata.uid };
  const metadata = { generateName: `${name}-`, namespace, ...(owner ? { ownerReferences: [owner] } : {}) };
  try {
    const kind = { apiVersion: API_VERSION, kind: APPROVAL.kind };
    await records.create({ ...kind, metadata, spec }, { signal: context.signal });
  } catch (error) {
    if (!isKubeError(error, "FORBIDDEN", "INVALID")) throw error;
    return { ok: false, denial: deny("APPROVAL_FORBIDDEN", error.message.slice(0, 2000), receipt.approveCommand) };
  }
  if (decision === "Reject") return { ok: false, denial: deny("APPROVAL_REJECTED", `${username} said no.`) };
  const { approveCommand: _done, ...rest } = receipt;
  const message = `Approved by ${username}; the act server carries it out. See how it goes with remediation_get.`;
  return accepted({ ...rest, message });
}
