import { MODES, type Mode, reaches } from "@sre-agent/crds";
import { UserError } from "@sre-agent/frame";
import { type Connection, createReader, isKubeError } from "@sre-agent/kube";
import { type Command, type Invocation, USAGE_EXIT_CODE } from "../command.ts";
import { CLUSTER_OPTIONS, connectCluster } from "../compose/cluster.ts";
import { confirmed } from "../compose/confirm.ts";
import { OUTPUT_OPTION, YES_OPTION } from "../compose/options.ts";
import { namespaceModes, readPolicy, setMode, switchOff } from "../compose/policy.ts";
import { policyView } from "../terminal/policy-view.ts";

export const command: Command = {
  name: "policy",
  summary: "Show or set how far sre-agent may go; policy off is the kill switch.",
  description:
    "The SrePolicy is the ceiling over everything; a namespace gets more than observe only through one of its rules.\nWithout an SrePolicy nothing is ever changed. policy off does not ask: it stops every write at once.\nEvery change of it makes the proposals that wait for an approval void: they are proposed anew.",
  positionals: [
    { name: "ACTION", required: true, choices: ["show", "set", "off"] },
    { name: "MODE", required: false, choices: MODES },
  ],
  options: { output: OUTPUT_OPTION, yes: YES_OPTION, ...CLUSTER_OPTIONS },
  examples: [
    ["policy show", "the ceiling, and what it means in each namespace"],
    ["policy set propose", "changes are recorded and never made"],
    ["policy off", "the kill switch"],
  ],
  async run(invocation) {
    const [action, mode] = invocation.positionals as readonly [string, Mode | undefined];
    if (action !== "set" && mode !== undefined) throw usage(`policy ${action} takes no MODE.`);
    if (action === "set" && mode === undefined) throw usage(`MODE is missing. Legal: ${MODES.join(", ")}.`);
    const connection = await connectCluster(invocation);
    try {
      if (action === "show") return await show(invocation, connection);
      return action === "off" ? await off(invocation, connection) : await set(invocation, connection, mode ?? "off");
    } finally {
      await connection.close();
    }
  },
};

function usage(message: string): UserError {
  return new UserError(message, { exitCode: USAGE_EXIT_CODE, nextStep: "See: sre-agent policy --help" });
}

async function show({ terminal, options, signal }: Invocation, connection: Connection): Promise<number> {
  const reader = createReader(connection);
  const policy = await readPolicy(reader, signal);
  const namespaces = await namespaceModes(reader, policy, signal);
  if (options["output"] === "json") terminal.out(JSON.stringify({ policy: policy?.spec ?? null, namespaces }, null, 2));
  else terminal.out(policyView(policy, namespaces, terminal));
  return 0;
}

async function set(invocation: Invocation, connection: Connection, mode: Mode): Promise<number> {
  const { terminal, signal } = invocation;
  const policy = await readPolicy(createReader(connection), signal);
  const before = policy?.spec.mode;
  if (before === mode) {
    terminal.out(`The SrePolicy is in mode ${mode} already.`);
    return 0;
  }
  terminal.out(`SrePolicy mode: ${before ?? "(none: observe)"} → ${terminal.style("bold", mode)}`);
  const raised = reaches(mode, "approve") && !reaches(before ?? "observe", mode);
  if (raised) terminal.out(terminal.style("yellow", MEANING[mode]));
  if (!(await confirmed(invocation, "Set it?"))) {
    terminal.err("Nothing was changed.");
    return 1;
  }
  await setMode(connection, { policy, mode }, signal).catch(changedMeanwhile);
  terminal.out("Done. What it means in each namespace: sre-agent policy show");
  return 0;
}

const MEANING: Readonly<Record<Mode, string>> = {
  off: "Nothing is investigated to an end that changes anything.",
  observe: "It looks and changes nothing.",
  propose: "Changes are recorded and never made.",
  approve: "Changes that a person approved will be made, where a rule and an SreAction allow it.",
  auto: "Small reversible changes will be made without asking, where a rule and an SreAction allow it.",
};

function changedMeanwhile(error: unknown): never {
  if (!isKubeError(error, "CONFLICT")) throw error;
  throw new UserError("The SrePolicy was changed by somebody else in the meantime; nothing was set.", {
    nextStep: "Look at it again: sre-agent policy show",
  });
}

/** The kill switch asks nobody. */
async function off({ terminal, signal }: Invocation, connection: Connection): Promise<number> {
  const before = await switchOff(connection, signal);
  terminal.out(
    `${terminal.style("bold", "Off")}: nothing is changed any more${before === undefined ? "" : `; it was ${before}`}.`,
  );
  terminal.err("A change under way is stopped before its write. Back on: sre-agent policy set MODE");
  return 0;
}
