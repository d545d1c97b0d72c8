import { isTerminal, remediationPhase } from "@sre-agent/crds";
import { UserError } from "@sre-agent/frame";
import { type Command, type Invocation, textOption } from "../command.ts";
import { remediationView } from "../terminal/remediation-view.ts";
import { answerToApproval } from "./answer-to-approval.ts";
import { createApproval, readRemediation } from "./approval.ts";
import { CLUSTER_OPTIONS, connectCluster } from "./cluster.ts";
import { confirmed } from "./confirm.ts";
import { NAMESPACE_OPTION, YES_OPTION } from "./options.ts";

/** Arguments that `approve` and `reject` share. */
export const DECISION_ARGUMENTS = {
  positionals: [{ name: "REMEDIATION", required: true }],
  options: {
    namespace: NAMESPACE_OPTION,
    reason: { type: "string", value: "TEXT", description: "Kept in the SreApproval.", maxLength: 1_000 },
    yes: YES_OPTION,
    ...CLUSTER_OPTIONS,
  },
} as const satisfies Pick<Command, "positionals" | "options">;

/** Shows the recorded change, asks, and creates the SreApproval with the person's own credential. */
export async function decideRemediation(invocation: Invocation, decision: "Approve" | "Reject"): Promise<number> {
  const { terminal, signal } = invocation;
  const connection = await connectCluster(invocation);
  try {
    const namespace = textOption(invocation, "namespace") ?? connection.namespace;
    const remediation = await readRemediation(connection, { namespace, name: invocation.positionals[0] ?? "" }, signal);
    const phase = remediationPhase(remediation.status);
    if (isTerminal(phase))
      throw new UserError(`${remediation.metadata.name} has ended: ${phase}. Nothing is left to decide.`);
    terminal.out(remediationView(remediation, terminal.style));
    if (!(await confirmed(invocation, `${decision} this change?`))) {
      terminal.err("Nothing was recorded.");
      return 1;
    }
    const reason = textOption(invocation, "reason");
    const request = { remediation, decision, signal, ...(reason === undefined ? {} : { reason }) };
    const approver = await createApproval(connection, request);
    terminal.out(`${decision === "Approve" ? "Approved" : "Rejected"} as ${approver}.`);
    if (decision === "Approve") terminal.out(await answerToApproval(connection, remediation, signal));
    return 0;
  } finally {
    await connection.close();
  }
}
