import { customResourceDefinition, KINDS } from "@sre-agent/crds";
import { createInstaller, createReader, type NewObject } from "@sre-agent/kube";
import { stringify } from "yaml";
import type { Command, Invocation } from "../command.ts";
import { CLUSTER_OPTIONS, connectCluster } from "../compose/cluster.ts";
import { established } from "../compose/established.ts";

export const command: Command = {
  name: "crds",
  summary: "Install or print the custom resource definitions of sre-agent.",
  positionals: [{ name: "ACTION", required: true, choices: ["apply", "print"] }],
  options: CLUSTER_OPTIONS,
  examples: [
    ["crds apply", "install or update the seven kinds in the current cluster"],
    ["crds print > crds.yaml", "write them to a file, to be applied by other means"],
  ],
  async run(invocation) {
    if (invocation.positionals[0] === "print") return printDefinitions(invocation);
    return applyDefinitions(invocation);
  },
};

const definitions = () => KINDS.map((kind) => customResourceDefinition(kind) as NewObject);

async function printDefinitions({ terminal }: Invocation): Promise<number> {
  // As kubectl reads it: to YAML 1.1 a bare `off` is the boolean false.
  const options = { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false } as const;
  const yaml = definitions().map((definition) => stringify(definition, options));
  terminal.out(yaml.join("---\n").trimEnd());
  return 0;
}

async function applyDefinitions(invocation: Invocation): Promise<number> {
  const connection = await connectCluster(invocation);
  try {
    const installer = createInstaller(connection);
    for (const definition of definitions()) {
      await installer.apply(definition, { signal: invocation.signal });
      invocation.terminal.out(`${definition.metadata.name} applied`);
    }
    await established(createReader(connection), invocation.signal);
    return 0;
  } finally {
    await connection.close();
  }
}
