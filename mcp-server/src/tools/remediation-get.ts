import { API_VERSION, type Denial, deny, REMEDIATION } from "@sre-agent/crds";
import { isKubeError, type Reader } from "@sre-agent/kube";
import { receiptOf } from "../execute/receipt.ts";
import { receiptText } from "../execute/receipt-text.ts";
import type { StoredRemediation } from "../execute/status.ts";
import type { ToolContext, ToolHandler } from "./tool.ts";

export interface RemediationInput {
  readonly namespace: string;
  readonly name: string;
}

const KIND = { apiVersion: API_VERSION, kind: REMEDIATION.kind };

/** The state of one record of the ledger. */
export function createRemediationGet({ reader }: { readonly reader: Reader }): ToolHandler<RemediationInput> {
  return async (input, context) => {
    const record = await readRemediation(reader, input, context);
    if ("code" in record) return { ok: false, denial: record };
    const receipt = receiptOf(record);
    return { ok: true, text: receiptText(receipt), structured: receipt, evidence: [] };
  };
}

/** The record, when the caller may read it and it exists. */
export async function readRemediation(
  reader: Reader,
  { namespace, name }: RemediationInput,
  context: ToolContext,
): Promise<StoredRemediation | Denial> {
  const forbidden = await context.mayRead({ kind: KIND, namespace });
  if (forbidden) return forbidden;
  try {
    return await reader.get<StoredRemediation>({ ...KIND, namespace, name }, { signal: context.signal });
  } catch (error) {
    if (isKubeError(error, "NOT_FOUND"))
      return deny("NOT_FOUND", `There is no SreRemediation ${name} in ${namespace}.`);
    if (isKubeError(error, "UNKNOWN_KIND")) return deny("CRDS_MISSING", "The kinds of sre-agent are not installed.");
    throw error;
  }
}
