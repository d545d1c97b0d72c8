import { type Denial, deny, isTerminal, type Receipt, type SreRemediation } from "@sre-agent/crds";
import type { Reader } from "@sre-agent/kube";
import { receiptOf } from "../execute/receipt.ts";
import { receiptText } from "../execute/receipt-text.ts";
import { type RemediationInput, readRemediation } from "./remediation-get.ts";
import type { ToolHandler } from "./tool.ts";

export interface ExecuteInput extends RemediationInput {
  /** The approvalDigest that the caller saw: a record of another one is not what was meant. */
  readonly digest: string;
}

export interface ExecuteDependencies {
  readonly reader: Reader;
  /** Asks the act controller; a denial when another replica leads. */
  readonly requestExecution: (namespace: string, name: string, digest: string) => Denial | null;
}

/**
 * Asks for the execution of an approved record and answers its state at once. Idempotent: callers repeat it until the
 * receipt has an outcome. Permits nothing by itself.
 */
export function createRemediationExecute(dependencies: ExecuteDependencies): ToolHandler<ExecuteInput> {
  return async (input, context) => {
    const record = await readRemediation(dependencies.reader, input, context);
    if ("code" in record) return { ok: false, denial: record };
    const denial = requested(dependencies, input, record);
    if (denial) return { ok: false, denial };
    const receipt = explained(receiptOf(record));
    return { ok: true, text: receiptText(receipt), structured: receipt, evidence: [] };
  };
}

function requested(dependencies: ExecuteDependencies, input: ExecuteInput, { spec }: SreRemediation): Denial | null {
  if (input.digest !== spec.approvalDigest) {
    return deny("APPROVAL_DIGEST", `The record's digest is ${spec.approvalDigest}, not ${input.digest}.`);
  }
  if (spec.authority.mode === "propose") return deny("MODE_FORBIDS", "The mode was propose when it was recorded.");
  return dependencies.requestExecution(input.namespace, input.name, input.digest);
}

/** Without a person's approval nothing follows from the request, and the caller should know. */
function explained(receipt: Receipt): Receipt {
  if (isTerminal(receipt.phase) || receipt.denial || receipt.phase !== "Proposed" || receipt.mode !== "approve")
    return receipt;
  return { ...receipt, denial: deny("PENDING_APPROVAL", "Nobody approved the change yet.") };
}
