import type { Command } from "../command.ts";
import { VERSION } from "../version.ts";

export const command: Command = {
  name: "version",
  summary: "Print the version of sre-agent and of the Node.js it runs on.",
  positionals: [],
  options: {
    output: { type: "string", short: "o", value: "FORMAT", description: "Format.", choices: ["text", "json"] },
  },
  examples: [["version -o json", "for programs"]],
  async run({ options, terminal }) {
    const versions = { version: VERSION, node: process.version };
    terminal.out(
      options["output"] === "json" ? JSON.stringify(versions) : `sre-agent ${VERSION} (Node.js ${process.version})`,
    );
    return 0;
  },
};
