import { UserError } from "@sre-agent/frame";
import { createReader, systemClock } from "@sre-agent/kube";
import { type Diagnosis, diagnoseScope } from "@sre-agent/mcp-server";
import { type Command, type Invocation, textOption, USAGE_EXIT_CODE } from "../command.ts";
import { CLUSTER_OPTIONS, connectCluster } from "../compose/cluster.ts";
import { existingNamespace } from "../compose/existing-namespace.ts";
import { EXIT_CODE_OPTION, NAMESPACE_OPTION, OUTPUT_OPTION } from "../compose/options.ts";
import { FOUND_EXIT_CODE, printDiagnosis } from "../terminal/diagnosis-view.ts";

export const command: Command = {
  name: "diagnose",
  summary: "Name what is wrong in a namespace or in the whole cluster, with evidence.",
  description: "Reads objects, events and the last words of failing containers; uses no model and changes nothing.",
  positionals: [],
  options: {
    namespace: NAMESPACE_OPTION,
    "all-namespaces": { type: "boolean", short: "A", description: "Look everywhere." },
    output: OUTPUT_OPTION,
    "exit-code": EXIT_CODE_OPTION,
    ...CLUSTER_OPTIONS,
  },
  exitCodes: { [FOUND_EXIT_CODE]: "with --exit-code: something above info was found" },
  examples: [
    ["diagnose -n shop", "what is wrong in namespace shop"],
    ["diagnose -A -o json", "the whole cluster, as a JSON array for programs"],
    ["diagnose -A --exit-code", "as a check in a script"],
  ],
  async run(invocation) {
    const { options, terminal } = invocation;
    const diagnosis = await diagnose(invocation);
    return printDiagnosis(terminal, diagnosis, {
      json: options["output"] === "json",
      exitCode: options["exit-code"] === true,
    });
  },
};

async function diagnose(invocation: Invocation): Promise<Diagnosis> {
  const everywhere = invocation.options["all-namespaces"] === true;
  const named = textOption(invocation, "namespace");
  if (everywhere && named !== undefined) {
    const nextStep = "See: sre-agent diagnose --help";
    throw new UserError("Give either --namespace or --all-namespaces.", { exitCode: USAGE_EXIT_CODE, nextStep });
  }
  const connection = await connectCluster(invocation);
  try {
    const { signal, terminal } = invocation;
    const reader = createReader(connection);
    const scope = everywhere
      ? {}
      : { namespace: await existingNamespace(reader, named ?? connection.namespace, signal) };
    terminal.progress(`Reading ${scope.namespace === undefined ? "the cluster" : `namespace ${scope.namespace}`} …`);
    return await diagnoseScope({ reader, scope, now: systemClock.now, logs: true, signal });
  } finally {
    await connection.close();
  }
}
