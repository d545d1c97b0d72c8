import { remediationPhase, type SreRemediation } from "@sre-agent/crds";
import { UserError } from "@sre-agent/frame";
import type { Command, Invocation } from "../command.ts";
import { textOption } from "../command.ts";
import { readRemediation } from "../compose/approval.ts";
import { CLUSTER_OPTIONS, connectCluster } from "../compose/cluster.ts";
import { confirmed } from "../compose/confirm.ts";
import { NAMESPACE_OPTION, YES_OPTION } from "../compose/options.ts";
import { proposeUndo } from "../compose/undo.ts";
import { colouredDiff, remediationView } from "../terminal/remediation-view.ts";

export const command: Command = {
  name: "undo",
  summary: "Propose that an ended change be taken back.",
  description:
    "Shows the change, and records its inverse as a change of its own, with diff and digest, for somebody to approve. It is\nrefused when the target was changed since: nobody's work is taken away.",
  positionals: [{ name: "REMEDIATION", required: true }],
  options: { namespace: NAMESPACE_OPTION, yes: YES_OPTION, ...CLUSTER_OPTIONS },
  examples: [["undo act-0123456789abcdef -n shop", "look at the change and have its inverse recorded"]],
  async run(invocation) {
    const { terminal, signal } = invocation;
    const connection = await connectCluster(invocation);
    try {
      const namespace = textOption(invocation, "namespace") ?? connection.namespace;
      const name = invocation.positionals[0] ?? "";
      const remediation = await readRemediation(connection, { namespace, name }, signal);
      terminal.out(remediationView(remediation, terminal.style));
      checkUndoable(remediation);
      if (!(await confirmed(invocation, "Propose to undo this change?"))) {
        terminal.err("Nothing was recorded.");
        return 1;
      }
      const receipt = await proposeUndo(connection, { namespace, name }, signal);
      print(invocation, receipt);
      return 0;
    } finally {
      await connection.close();
    }
  },
};

/** Said before a person is asked; the act tool decides it again. */
function checkUndoable({ metadata, status }: SreRemediation): void {
  if (status?.inverse !== undefined) return;
  throw new UserError(`${metadata.name} has nothing to undo: it is ${remediationPhase(status)} and has no inverse.`, {
    nextStep: "Only a rollback or a scaling that was carried out can be undone.",
  });
}

type Undone = Awaited<ReturnType<typeof proposeUndo>>;

function print({ terminal }: Invocation, { summary, name, diff, message, next }: Undone): void {
  terminal.out(`\n${terminal.style("bold", summary)}`);
  terminal.out(`  record    ${name}`);
  terminal.out(colouredDiff(diff, terminal.style));
  if (message !== undefined) terminal.out(message);
  if (next !== undefined) terminal.out(`${terminal.style("bold", "Next:")} ${next}`);
}
