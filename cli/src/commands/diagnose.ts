import type { Finding } from "@sre-agent/crds";
import { UserError } from "@sre-agent/frame";
import { createReader, systemClock } from "@sre-agent/kube";
import { type Diagnosis, diagnoseScope } from "@sre-agent/mcp-server";
import { type Command, type Invocation, textOption, USAGE_EXIT_CODE } from "../command.ts";
import { CLUSTER_OPTIONS, connectCluster } from "../compose/cluster.ts";
import { findingsView } from "../terminal/findings-view.ts";

const FOUND_EXIT_CODE = 3;

export const command: Command = {
  name: "diagnose",
  summary: "Name what is wrong in a namespace or in the whole cluster, with evidence.",
  description: "Reads objects, events and the last words of failing containers; uses no model and changes nothing.",
  positionals: [],
  options: {
    namespace: { type: "string", short: "n", value: "NAMESPACE", description: "Where to look; default the context's." },
    "all-namespaces": { type: "boolean", short: "A", description: "Look everywhere." },
    output: { type: "string", short: "o", value: "FORMAT", description: "Format.", choices: ["text", "json"] },
    "exit-code": { type: "boolean", description: "Exit with 3 when something above info was found." },
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
    if (options["output"] === "json") terminal.out(JSON.stringify(diagnosis.findings, null, 2));
    else terminal.out(findingsView(diagnosis.findings, terminal.style));
    report(invocation, diagnosis);
    return options["exit-code"] === true && diagnosis.findings.some(isTrouble) ? FOUND_EXIT_CODE : 0;
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
    const reader = createReader(connection);
    const namespace = named ?? connection.namespace;
    if (!everywhere)
      await reader.get({ apiVersion: "v1", kind: "Namespace", name: namespace }, invocation).catch(allowed);
    const scope = everywhere ? {} : { namespace };
    const { signal } = invocation;
    return await diagnoseScope({ reader, scope, now: systemClock.now, logs: true, signal });
  } finally {
    await connection.close();
  }
}

/** Who may not look at Namespace objects may still look into one. */
function allowed(error: unknown): void {
  if ((error as { readonly code?: string }).code !== "FORBIDDEN") throw error;
}

function isTrouble({ severity }: Finding): boolean {
  return severity !== "info";
}

/** What was looked at and what could not be: on stderr, so that stdout holds findings alone. */
function report({ terminal }: Invocation, { looked, gaps }: Diagnosis): void {
  const { objects, namespaces, logs } = looked;
  terminal.err(`Looked at ${objects} objects in ${namespaces} namespace${namespaces === 1 ? "" : "s"}, ${logs} logs.`);
  for (const gap of gaps) terminal.err(`Not looked at: ${gap}.`);
}
