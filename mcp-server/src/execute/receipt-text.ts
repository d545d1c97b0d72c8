import type { Receipt } from "@sre-agent/crds";

/** A receipt as a model or a person reads it: what was proposed, how far it is, what happens next. */
export function receiptText(receipt: Receipt): string {
  const { namespace, name, phase, mode, summary, digest, diff, denial } = receipt;
  const lines = [
    `${summary}: ${phase} (mode ${mode})`,
    `SreRemediation ${name} in ${namespace}, digest ${digest}`,
    "Change:",
    diff,
    ...(receipt.message ? [receipt.message] : []),
    ...(denial ? [`${denial.code}: ${denial.message} ${denial.next}`] : []),
    ...(receipt.approveCommand && receipt.approveCommand !== denial?.next
      ? [`A person approves with: ${receipt.approveCommand}`]
      : []),
  ];
  return lines.join("\n");
}
