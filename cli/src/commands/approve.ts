import type { Command } from "../command.ts";
import { DECISION_ARGUMENTS, decideRemediation } from "../compose/decide-remediation.ts";

export const command: Command = {
  ...DECISION_ARGUMENTS,
  name: "approve",
  summary: "Approve a recorded change, with your own credential.",
  description:
    "Shows the change as it is on record and creates an SreApproval bound to its digest. The API server checks that you\nmay make that very change yourself; the act server carries out only what was approved.",
  examples: [
    ["approve act-0123456789abcdef -n shop", "look at the change and decide"],
    ["approve act-0123456789abcdef -n shop --yes --reason 'seen in the channel'", "without a question"],
  ],
  run: (invocation) => decideRemediation(invocation, "Approve"),
};
