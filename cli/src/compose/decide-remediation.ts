import { createInterface } from "node:readline/promises";
import { isTerminal, remediationPhase } from "@sre-agent/crds";
import { UserError } from "@sre-agent/frame";
import { type Command, type Invocation, textOption } from "../command.ts";
import { remediationView } from "../terminal/remediation-view.ts";
import { createApproval, readRemediation } from "./approval.ts";
import { CLUSTER_OPTIONS, connectCluster } from "./cluster.ts";

/** Arguments that `approve` and `reject` share. */
export const DECISION_ARGUMENTS = {
  positionals: [{ name: "REMEDIATION", required: true }],
  options: {
    namespace: { type: "string", short: "n", value: "NAMESPACE", description: "Its namespace; default the context's." },
    reason: { type: "string", value: "TEXT", description: "Kept in the SreApproval." },
    yes: {
      type: "boolean",
      short: "y",
      description: "Do not ask; for scripts that have shown the change to a person.",
    },
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
    if (!(await confirmed(invocation, decision))) {
      terminal.err("Nothing was recorded.");
      return 1;
    }
    const reason = textOption(invocation, "reason");
    const request = { remediation, decision, signal, ...(reason === undefined ? {} : { reason }) };
    const approver = await createApproval(connection, request);
    terminal.out(`${decision === "Approve" ? "Approved" : "Rejected"} as ${approver}.`);
    return 0;
  } finally {
    await connection.close();
  }
}

async function confirmed(invocation: Invocation, decision: "Approve" | "Reject"): Promise<boolean> {
  if (invocation.options["yes"] === true) return true;
  if (!invocation.terminal.interactive) {
    throw new UserError("There is no terminal to ask on.", {
      nextStep: "Add --yes once a person has seen the change.",
    });
  }
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await prompt.question(`\n${decision} this change? [y/N] `, { signal: invocation.signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    prompt.close();
  }
}
